using Soc.Partners.DueWork;
using Soc.ServiceDefaults;

namespace Soc.Partners.Webhooks;

internal static class WebhookServices
{
    public static void AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhookSettings>().BindConfiguration("Webhooks").ValidateDataAnnotations().ValidateOnStart();
        services.AddPartnerHttpClient(WebhookSender.ClientName);
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<WebhookDisabling>();
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton<DeliveryStore>();
        services.AddSingleton<IDueWork, FailingWebhooks>();
        services.AddSingleton<IDueWork, DeliveryPurge>();
        services.AddHostedService<DeliveryWorker>();
    }
}
