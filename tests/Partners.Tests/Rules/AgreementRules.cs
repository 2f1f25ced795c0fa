using System.Globalization;
using Soc.Partners.Agreements;

namespace Soc.Partners.Tests.Rules;

public sealed class AgreementRules
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly Guid One = Guid.CreateVersion7();
    private static readonly Guid Other = Guid.CreateVersion7();

    [Theory]
    [InlineData("2026-03-01", false)]
    [InlineData("2026-03-02", false)]
    [InlineData("2026-03-03", true)]
    [InlineData("2028-03-02", true)]
    [InlineData("2028-03-03", false)]
    public void The_review_date_lies_ahead_and_within_24_months(string reviewDate, bool drafted) =>
        Assert.Equal(drafted, Agreement.Draft(Guid.CreateVersion7(), Terms(reviewDate), Now) is not null);

    [Theory]
    [InlineData("2026-03-27", "2026-03-28T00:00:00Z")]
    [InlineData("2026-03-29", "2026-03-29T23:00:00Z")]
    [InlineData("2026-10-24", "2026-10-24T23:00:00Z")]
    [InlineData("2026-10-25", "2026-10-26T00:00:00Z")]
    public void An_agreement_gives_access_until_the_end_of_its_review_date_in_the_United_Kingdom(string reviewDate, string end) => Assert.Equal(
        DateTimeOffset.Parse(end, CultureInfo.InvariantCulture), Agreement.EndsAt(DateOnly.Parse(reviewDate, CultureInfo.InvariantCulture)));

    [Fact]
    public void An_agreement_is_signed_when_every_party_has_signed_and_only_then_can_be_activated()
    {
        var agreement = Agreement.Draft(Guid.CreateVersion7(), Terms("2027-03-02"), Now)!;

        Assert.Null(agreement.Sign(One, "SIGNED-1", Now));
        Assert.Equal(("draft", "agreement.status"), (agreement.StatusAt(Now), agreement.Activate(Now).Refusal?.Code));
        Assert.Equal("agreement.already-signed", agreement.Sign(One, "SIGNED-1", Now)?.Code);
        Assert.Equal("agreement.not-a-party", agreement.Sign(Guid.CreateVersion7(), "SIGNED-1", Now)?.Code);
        Assert.Null(agreement.Sign(Other, "SIGNED-2", Now));
        Assert.Equal("signed", agreement.StatusAt(Now));
        var activated = agreement.Activate(Now).Event!;

        Assert.Equal([One, Other], activated.Parties);
        Assert.Equal(("active", 4, 1), (agreement.StatusAt(Now), agreement.Version, agreement.EventVersion));
        Assert.Equal("agreement.status", agreement.Activate(Now).Refusal?.Code);
    }

    [Fact]
    public void An_agreement_expires_by_the_clock_and_a_signed_one_whose_review_date_has_passed_cannot_be_activated()
    {
        var agreement = Agreement.Draft(Guid.CreateVersion7(), Terms("2027-03-02"), Now)!;
        agreement.Sign(One, "SIGNED-1", Now);
        agreement.Sign(Other, "SIGNED-2", Now);
        var end = Agreement.EndsAt(agreement.ReviewDate);

        Assert.Equal("agreement.review-date", agreement.Activate(end).Refusal?.Code);
        Assert.NotNull(agreement.Activate(end.AddTicks(-1)).Event);
        Assert.Equal(("active", "expired"), (agreement.StatusAt(end.AddTicks(-1)), agreement.StatusAt(end)));
    }

    private static AgreementTerms Terms(string reviewDate) => new(
        [One, Other], "Referral of people at risk", "An Act, section 1", ["protected-person-referrals"], "DPIA-1", "OFFICIAL-SENSITIVE", 84,
        DateOnly.Parse(reviewDate, CultureInfo.InvariantCulture));
}
