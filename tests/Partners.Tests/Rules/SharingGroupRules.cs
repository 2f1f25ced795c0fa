using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Soc.Contracts.Partners;
using Soc.Partners.Agreements;
using Soc.Partners.SharingGroups;

namespace Soc.Partners.Tests.Rules;

public sealed class SharingGroupRules
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 9, 0, 0, TimeSpan.Zero);
    private static readonly Guid One = new("01900000-0000-7000-8000-00000000000a");
    private static readonly Guid Other = new("01900000-0000-7000-8000-00000000000b");
    private static readonly Agreement Terms = Active(One, Other);

    /// <summary>Periods in hours from now against a membership from hour 10 to hour 20; null is without end.</summary>
    [Theory]
    [InlineData(0, 10, true)]
    [InlineData(20, 30, true)]
    [InlineData(20, null, true)]
    [InlineData(0, 5, true)]
    [InlineData(0, 11, false)]
    [InlineData(0, null, false)]
    [InlineData(10, 20, false)]
    [InlineData(12, 15, false)]
    [InlineData(19, null, false)]
    [InlineData(5, 25, false)]
    public void Two_memberships_of_one_organisation_share_no_instant(int from, int? until, bool possible)
    {
        var group = Group();
        Assert.Null(group.Add(Guid.NewGuid(), One, At(10), At(20), Terms, Now));

        var refusal = group.Add(Guid.NewGuid(), One, At(from), until is { } end ? At(end) : null, Terms, Now);

        Assert.Equal(possible ? null : PartnersProblems.MembershipOverlap, refusal);
        Assert.Null(group.Add(Guid.NewGuid(), Other, At(from), until is { } same ? At(same) : null, Terms, Now));
    }

    [Theory]
    [InlineData(-1, null)]
    [InlineData(5, 5)]
    [InlineData(5, 4)]
    public void A_membership_begins_now_or_later_and_ends_after_that(int from, int? until) => Assert.Equal(
        PartnersProblems.MembershipPeriod, Group().Add(Guid.NewGuid(), One, At(from), until is { } end ? At(end) : null, Terms, Now));

    [Fact]
    public void Only_a_party_of_the_agreement_while_it_is_in_force_joins()
    {
        Assert.Equal(PartnersProblems.MembershipNotAParty, Group().Add(Guid.NewGuid(), Guid.NewGuid(), Now, null, Terms, Now));
        var later = Terms.EndsAt;
        Assert.Equal(PartnersProblems.MembershipNotAParty, Group().Add(Guid.NewGuid(), One, later, null, Terms, later));
        Assert.Null(Group().Add(Guid.NewGuid(), One, later.AddTicks(-10), null, Terms, later.AddTicks(-10)));
    }

    [Fact]
    public void An_end_that_has_come_stands_and_one_that_is_to_come_can_be_moved()
    {
        var group = Group();
        group.Add(Guid.NewGuid(), One, Now, At(10), Terms, Now);

        Assert.Null(group.End(One, At(5), At(1)));
        Assert.Null(group.End(One, At(8), At(4)));
        Assert.Equal(PartnersProblems.MembershipPeriod, group.End(One, At(3), At(4)));
        Assert.Equal(PartnersProblems.MembershipNotFound, group.End(One, At(20), At(8)));
        Assert.Equal(At(8), group.Memberships.Single().Until);
    }

    [Fact]
    public void An_end_cannot_be_moved_into_the_next_membership()
    {
        var group = Group();
        group.Add(Guid.NewGuid(), One, Now, At(10), Terms, Now);
        group.Add(Guid.NewGuid(), One, At(15), null, Terms, Now);

        Assert.Equal(PartnersProblems.MembershipPeriod, group.End(One, At(16), At(1)));
        Assert.Null(group.End(One, At(15), At(1)));
    }

    [Fact]
    public void Removing_ends_what_holds_and_takes_back_what_is_to_come_and_only_what_held_is_told()
    {
        var group = Group();
        group.Add(Guid.NewGuid(), One, Now, At(10), Terms, Now);
        group.Add(Guid.NewGuid(), One, At(15), null, Terms, Now);
        Assert.Equal([(typeof(SharingGroupMemberAdded), 1L)], group.Tell(Now).Select(told => (told.Event.GetType(), told.Version)));

        Assert.Null(group.Remove(One, At(2)));

        Assert.False(group.Memberships[0].HoldsAt(At(2)));
        Assert.True(group.Memberships[0].HoldsAt(At(2).AddTicks(-10)));
        Assert.All(new[] { 15, 16, 1000 }, hour => Assert.False(group.Memberships[1].HoldsAt(At(hour))));
        Assert.Equal([(typeof(SharingGroupMemberRemoved), 2L)], group.Tell(At(2)).Select(told => (told.Event.GetType(), told.Version)));
        Assert.Empty(group.Tell(At(1000)));
        Assert.Equal(PartnersProblems.MembershipNotFound, group.Remove(One, At(3)));
        Assert.Null(group.Add(Guid.NewGuid(), One, At(12), null, Terms, At(3)));
    }

    [Fact]
    public void Beginnings_and_ends_are_told_once_when_they_come_in_order()
    {
        var group = Group();
        group.Add(Guid.NewGuid(), One, At(1), At(2), Terms, Now);
        Assert.Empty(group.Tell(Now));

        Assert.Equal([typeof(SharingGroupMemberAdded), typeof(SharingGroupMemberRemoved)], group.Tell(At(3)).Select(told => told.Event.GetType()));
        Assert.Empty(group.Tell(At(4)));
        Assert.Equal(2, group.EventVersion);
    }

    [Fact]
    public void A_suspended_member_is_no_member()
    {
        var group = Group();
        group.Add(Guid.NewGuid(), One, Now, null, Terms, Now);
        group.Add(Guid.NewGuid(), Other, Now, null, Terms, Now);

        Assert.Equal([Other], group.MembersAt(At(1), new HashSet<Guid> { Other }).Select(member => member.OrganisationId));
    }

    [Fact]
    public void The_proof_is_the_documented_text_and_its_hash_whatever_the_order_of_the_members()
    {
        var group = SharingGroup.Form(new("01900000-0000-7000-8000-0000000000f1"), "A group", "A purpose of it", new("01900000-0000-7000-8000-0000000000a1"), Now);
        group.Add(Guid.NewGuid(), Other, Now, null, Terms, Now);
        group.Add(Guid.NewGuid(), One, Now.AddTicks(10), At(5), Terms, Now);
        var share = new Guid("01900000-0000-7000-8000-0000000000e1");

        var (text, hash) = MembershipProof.Of(group, share, group.Memberships, At(1));

        Assert.Equal(
            """
            soc-sharing-group-membership/1
            group 01900000-0000-7000-8000-0000000000f1
            agreement 01900000-0000-7000-8000-0000000000a1
            share 01900000-0000-7000-8000-0000000000e1
            at 2026-06-01T10:00:00.000000Z
            member 01900000-0000-7000-8000-00000000000a 2026-06-01T09:00:00.000001Z
            member 01900000-0000-7000-8000-00000000000b 2026-06-01T09:00:00.000000Z

            """,
            text);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), hash);
        Assert.Equal((text, hash), MembershipProof.Of(group, share, group.Memberships.AsEnumerable().Reverse(), At(1)));
    }

    private static DateTimeOffset At(int hours) => Now.AddHours(hours);

    private static SharingGroup Group() => SharingGroup.Form(Guid.NewGuid(), "A group", "A purpose of it", Terms.Id, Now);

    private static Agreement Active(params Guid[] parties)
    {
        var agreement = Agreement.Draft(
            Guid.NewGuid(),
            new AgreementTerms(parties, "Sharing of intelligence", "A gateway", ["strategy-progress"], "DPIA-1", "OFFICIAL", 12, DateOnly.Parse("2027-01-31", CultureInfo.InvariantCulture)), Now)!;
        foreach (var party in parties)
        {
            agreement.RecordSignature(party, "SIGNED-1", null, Now);
        }

        agreement.Activate(Now);
        return agreement;
    }
}
