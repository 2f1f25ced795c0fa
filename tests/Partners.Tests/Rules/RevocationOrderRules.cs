using Soc.Contracts;
using Soc.Partners.RevocationOrders;
using Soc.ServiceDefaults;

namespace Soc.Partners.Tests.Rules;

public sealed class RevocationOrderRules
{
    private static readonly Guid Organisation = Guid.NewGuid();
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 23, 30, 0, TimeSpan.Zero); // in London the 2nd of June

    [Fact]
    public void The_due_date_is_the_end_of_the_last_day_in_the_United_Kingdom() =>
        Assert.Equal(new DateTimeOffset(2026, 6, 16, 23, 0, 0, TimeSpan.Zero), Order().DueAt);

    [Theory]
    [InlineData("returned", null, false, null, null)]
    [InlineData("destroyed", null, true, "LETTER-1", null)]
    [InlineData("retained", "legal-claims", false, null, null)]
    [InlineData("retained", null, false, null, "revocation-order.retention-basis")]
    [InlineData("destroyed", "legal-claims", false, null, "revocation-order.retention-basis")]
    [InlineData("returned", null, true, null, "revocation-order.letter")]
    public void What_is_retained_has_a_basis_and_what_came_by_letter_names_it(string action, string? basis, bool fromLetter, string? document, string? refusal)
    {
        var order = Order();

        var decision = order.Acknowledge(new Acknowledgement(action, basis, document, fromLetter, "someone", Now));

        Assert.Equal(refusal, decision.Refusal?.Code);
        Assert.Equal(refusal is null ? RevocationOrderStatus.Acknowledged : RevocationOrderStatus.Issued, order.Status);
    }

    /// <summary>Every sequence of what can happen to an order, and how it then stands.</summary>
    [Theory]
    [InlineData("", "issued")]
    [InlineData("e", "enforced")]
    [InlineData("o", "overdue")]
    [InlineData("a", "acknowledged")]
    [InlineData("eo", "overdue")]
    [InlineData("oe", "overdue")]
    [InlineData("ea", "acknowledged")]
    [InlineData("ae", "acknowledged")]
    [InlineData("oa", "acknowledged")]
    [InlineData("eoa", "acknowledged")]
    [InlineData("oae", "acknowledged")]
    public void An_order_goes_from_issued_over_enforced_to_overdue_or_acknowledged_and_never_back(string steps, string status)
    {
        var order = Order();
        foreach (var step in steps)
        {
            Step(order, step);
        }

        Assert.Equal(status, order.Status.Code());
        Assert.Equal(1 + steps.Length, order.Version);
        Assert.Equal(1 + steps.Count(step => step != 'e'), order.EventVersion);
        Assert.All(steps, step => Assert.Throws<InvalidOperationException>(() => Step(order, step)));
    }

    [Fact]
    public void An_order_is_not_overdue_before_its_due_date_or_after_its_acknowledgement()
    {
        var order = Order();
        Assert.Throws<InvalidOperationException>(() => order.BecomeOverdue(order.DueAt.AddTicks(-10)));
        Step(order, 'a');
        Assert.Throws<InvalidOperationException>(() => order.BecomeOverdue(order.DueAt));
    }

    [Fact]
    public void Who_left_a_group_is_refused_from_the_same_instant_on() => Assert.Equal(
        RevocationOrderStatus.Enforced,
        RevocationOrder.Issue(Guid.NewGuid(), Organisation, RevocationCause.LeftSharingGroup(Guid.NewGuid()), TimeSpan.FromDays(14), Now).Order.Status);

    /// <summary>Whether a caller of the own or another organisation may acknowledge.</summary>
    [Theory]
    [InlineData(true, Scopes.OrganisationAttest, true)]
    [InlineData(false, Scopes.OrganisationAttest, false)]
    [InlineData(true, Scopes.OrganisationsSuspend, false)]
    [InlineData(false, Scopes.OrganisationsSuspend, true)]
    [InlineData(true, Scopes.OrganisationsRegister, false)]
    [InlineData(false, Scopes.OrganisationsRegister, true)]
    [InlineData(true, Scopes.OrganisationAdminister, false)]
    public void The_responsible_individual_answers_for_their_own_organisation_and_an_officer_for_every_other(bool own, string scope, bool allowed) => Assert.Equal(
        allowed ? ["acknowledgement"] : [],
        Order().AllowedActions(new Caller(own ? Organisation : Guid.NewGuid(), "client", "actor", new HashSet<string> { scope })));

    private static RevocationOrder Order() =>
        RevocationOrder.Issue(Guid.NewGuid(), Organisation, RevocationCause.Suspension, TimeSpan.FromDays(14), Now).Order;

    private static void Step(RevocationOrder order, char step)
    {
        switch (step)
        {
            case 'e':
                order.Enforce(Now);
                break;
            case 'o':
                order.BecomeOverdue(order.DueAt);
                break;
            default:
                if (order.Acknowledge(new Acknowledgement("returned", null, null, false, "someone", Now)).Refusal is { } refusal)
                {
                    throw new InvalidOperationException(refusal.Code);
                }

                break;
        }
    }
}
