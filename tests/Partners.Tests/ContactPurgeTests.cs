using System.Net;
using Soc.Partners.Contacts;

namespace Soc.Partners.Tests;

/// <summary>Nobody's name is kept longer than there is somebody to speak to. On a service of its own: it moves the clock of what has been closed.</summary>
public sealed class ContactPurgeTests : IAsyncLifetime
{
    private readonly PartnersService service = new() { Further = new Dictionary<string, string?> { ["Contacts:DaysKeptAfterClosure"] = "30" } };

    public ValueTask InitializeAsync() => service.InitializeAsync();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task Contacts_are_deleted_when_the_time_after_closure_is_over_and_nobody_elses()
    {
        var (closed, open) = (await service.RegisteredAsync(), await service.RegisteredAsync());
        var (theirs, others) = (await service.ResponsibleIndividualAsync(closed), await service.ResponsibleIndividualAsync(open));
        var path = $"/partners/v1/organisations/{closed}";
        (await service.Registrar.ChangeAsync(path + "/offboarding", new { }, await service.ETagAsync(closed))).Expect(HttpStatusCode.OK);
        await service.DoDueWorkAsync<ContactPurge>(TimeSpan.FromDays(400));
        Assert.Equal([theirs, others], await ContactsAsync());
        (await service.Registrar.ChangeAsync(path + "/closure", new { noSuccessor = true }, await service.ETagAsync(closed))).Expect(HttpStatusCode.OK);

        await service.DoDueWorkAsync<ContactPurge>(TimeSpan.FromDays(29.9));
        Assert.Equal([theirs, others], await ContactsAsync());
        await service.DoDueWorkAsync<ContactPurge>(TimeSpan.FromDays(30.1));

        Assert.Equal([others], await ContactsAsync());
        Assert.Equal("clock contact.purge done", (await service.AuditAsync(theirs.ToString()))[^1]);
        (await service.Registrar.ReadAsync($"{path}/contacts/{theirs}")).Expect(HttpStatusCode.NotFound, "contact.not-found");
        await service.DoDueWorkAsync<ContactPurge>(TimeSpan.FromDays(60));
        Assert.Equal(2, (await service.AuditAsync(theirs.ToString())).Count);
    }

    [Fact]
    public async Task An_entry_that_was_closed_before_the_instant_was_kept_counts_from_when_it_is_first_seen()
    {
        var organisation = await service.RegisteredAsync();
        var contact = await service.ResponsibleIndividualAsync(organisation);
        await service.QueryAsync("update organisation set status = 'Closed' where id = $1", organisation);

        await service.DoDueWorkAsync<ContactPurge>();
        await service.DoDueWorkAsync<ContactPurge>(TimeSpan.FromDays(29.9));
        Assert.Equal([contact], await ContactsAsync());
        await service.DoDueWorkAsync<ContactPurge>(TimeSpan.FromDays(30.1));

        Assert.Empty(await ContactsAsync());
    }

    private async Task<IEnumerable<Guid>> ContactsAsync() => (await service.QueryAsync("select id from contact order by created_at")).Select(Guid.Parse);
}
