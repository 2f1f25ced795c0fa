using Microsoft.EntityFrameworkCore;
using Soc.Partners.Organisations;

namespace Soc.Partners.Webhooks;

internal static class WebhookTables
{
    public static void MapWebhookTables(this ModelBuilder model)
    {
        model.Entity<Webhook>(webhook =>
        {
            webhook.ToTable("webhook");
            webhook.Property(w => w.Id).ValueGeneratedNever();
            webhook.Property(w => w.Status).HasConversion<string>();
            webhook.Property(w => w.Version).IsConcurrencyToken();
            webhook.HasOne<Organisation>().WithMany().HasForeignKey(w => w.OrganisationId);
            webhook.HasMany(w => w.Secrets).WithOne().HasForeignKey(s => s.WebhookId);
            webhook.Navigation(w => w.Secrets).AutoInclude();
        });
        model.Entity<WebhookSecret>(secret =>
        {
            secret.ToTable("webhook_secret");
            secret.Property(s => s.Id).ValueGeneratedNever();
        });
        model.Entity<Delivery>(delivery =>
        {
            delivery.ToTable("webhook_delivery");
            delivery.HasKey(d => new { d.WebhookId, d.EventId });
            delivery.Property(d => d.Status).HasConversion<string>();
            delivery.Property(d => d.CreatedAt).HasDefaultValueSql("now()");
            delivery.Property(d => d.NextAttemptAt).HasDefaultValueSql("now()");
            delivery.HasMany(d => d.Log).WithOne().HasForeignKey(a => new { a.WebhookId, a.EventId });
            delivery.HasIndex(d => new { d.WebhookId, d.NextAttemptAt }).HasFilter("status = 'Pending'");
            delivery.HasIndex(d => new { d.WebhookId, d.LockedUntil }).HasFilter("locked_until is not null");
            delivery.HasIndex(d => d.CreatedAt).HasMethod("brin");
        });
        model.Entity<DeliveryAttempt>(attempt =>
        {
            attempt.ToTable("webhook_attempt");
            attempt.HasKey(a => new { a.WebhookId, a.EventId, a.Number });
            attempt.Property(a => a.Number).ValueGeneratedNever();
        });
    }
}
