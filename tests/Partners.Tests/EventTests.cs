using Soc.TestKit;

namespace Soc.Partners.Tests;

public sealed class EventTests(PartnersService service)
{
    private const string Organisation = "soc.partners.organisation.";

    [Fact]
    public async Task Each_change_reaches_the_broker_as_one_event_with_a_gap_free_version_and_no_more_than_ids_and_codes()
    {
        await using var queue = await EventQueue.BindAsync(service);
        var partner = await service.LiveAsync();
        await service.SuspendAsync(service.OfficerA, partner.Organisation);
        await service.ReinstateAsync(service.OfficerB, partner.Organisation);

        var events = await queue.ReadUntilAsync(partner.Organisation, 13);

        Assert.Equal(
            [
                (Organisation + "registered.v1", $$"""{"organisationId":"{{partner.Organisation}}","sector":"voluntary"}"""),
                (Organisation + "changed.v1", $$"""{"organisationId":"{{partner.Organisation}}","status":"applied"}"""),
                (Organisation + "changed.v1", $$"""{"organisationId":"{{partner.Organisation}}","status":"responsible-individual-verified"}"""),
                (Organisation + "changed.v1", $$"""{"organisationId":"{{partner.Organisation}}","status":"approved"}"""),
                (Organisation + "changed.v1", $$"""{"organisationId":"{{partner.Organisation}}","status":"sandbox"}"""),
                (Organisation + "changed.v1", $$"""{"organisationId":"{{partner.Organisation}}","status":"conformance-passed"}"""),
                (Organisation + "changed.v1", $$"""{"organisationId":"{{partner.Organisation}}","status":"live"}"""),
                (Organisation + "suspended.v1", "notBefore"),
                (Organisation + "reinstated.v1", $$"""{"organisationId":"{{partner.Organisation}}","status":"live"}"""),
            ],
            events.Where(each => each.Aggregate == partner.Organisation).OrderBy(each => each.Version)
                .Select(each => (each.Type, each.Type.Contains("suspended", StringComparison.Ordinal) ? "notBefore" : each.Message)));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9], events.Where(each => each.Aggregate == partner.Organisation).Select(each => each.Version).Order());
        var activated = Assert.Single(events, each => each.Type == "soc.partners.isa.activated.v1");
        Assert.Equal((partner.Agreement, 1), (activated.Aggregate, activated.Version));
    }

    [Fact]
    public async Task A_refused_change_publishes_nothing()
    {
        var organisation = await service.RegisteredAsync();
        await service.Registrar.ChangeAsync($"/partners/v1/organisations/{organisation}/approval", null, "\"9\"");
        await service.OfficerA.ChangeAsync($"/partners/v1/organisations/{organisation}/suspension", new { reason = "own-request" }, "\"1\"");

        await Eventually.TrueAsync(
            async () => (await service.QueryAsync("select count(*) from outbox_message where aggregate_id = $1", organisation))[0] == "0", "its registration is published");
        Assert.Equal(["1"], await service.QueryAsync("select version from organisation where id = $1", organisation));
    }
}
