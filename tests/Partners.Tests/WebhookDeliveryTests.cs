using Soc.TestKit;
using static Soc.Partners.Tests.WebhookJourney;

namespace Soc.Partners.Tests;

public sealed class WebhookDeliveryTests(PartnersService service)
{
    [Fact]
    public async Task An_event_about_the_organisation_arrives_as_a_thin_CloudEvent()
    {
        var partner = await service.LiveAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        using var webhook = await service.ActiveWebhookAsync(partner.Organisation, receiver, AgreementActivated);

        var agreement = await service.HappenAsync(partner);

        await Eventually.TrueAsync(() => Task.FromResult(receiver.Events.Count > 0), "the event arrives");
        var call = receiver.Single(AgreementActivated);
        var told = call.Event;
        Assert.Equal("application/cloudevents+json; charset=utf-8", call.ContentType);
        Assert.Equal(call.Id, told.GetProperty("id").GetString());
        Assert.Equal(
            ["classification", "data", "datacontenttype", "dataschema", "id", "orgid", "source", "specversion", "subject", "time", "type"],
            told.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal("1.0", told.GetProperty("specversion").GetString());
        Assert.Equal("urn:soc:partners", told.GetProperty("source").GetString());
        Assert.Equal("OFFICIAL", told.GetProperty("classification").GetString());
        Assert.Equal(partner.Organisation, told.GetProperty("orgid").GetGuid());
        Assert.Equal(agreement, told.GetProperty("subject").GetGuid());
        Assert.Equal($$"""{"agreementId":"{{agreement}}"}""", told.GetProperty("data").GetRawText());
        Assert.DoesNotContain("traceparent", call.Headers.Keys);
    }
}
