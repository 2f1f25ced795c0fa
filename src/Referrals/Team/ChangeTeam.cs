using Soc.Referrals.Cases;
using Soc.Referrals.Vocabulary;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Team;

/// <summary>A member as stated by whoever changes a team: the pseudonym that the member's tokens have as subject, and a role.</summary>
internal sealed record TeamMember(string? Actor, string? Role)
{
    private const int Most = 20;

    /// <summary>The roles that somebody can be given.</summary>
    public static readonly IReadOnlyList<CaseRole> AllRoles = [.. Enum.GetValues<CaseRole>().Where(role => role is not (CaseRole.Referrer or CaseRole.ReceivingCoordinator))];

    public static Problem? Refusal(IReadOnlyList<TeamMember>? members) =>
        members is null || (members.Count <= Most && members.All(member => member is { Actor: { Length: > 0 and <= 128 } actor } && !string.IsNullOrWhiteSpace(actor) && !actor.Any(char.IsControl)
            && Codes.TryParse<CaseRole>(member.Role, out var role) && AllRoles.Contains(role))) ? null : ReferralsProblems.TeamInvalid;

    /// <summary>Members that have passed <see cref="Refusal"/>.</summary>
    public static IReadOnlyList<(string Actor, CaseRole Role)> Roles(IReadOnlyList<TeamMember>? members) =>
        [.. (members ?? []).Select(member => (member.Actor!, Codes.Parse<CaseRole>(member.Role!)))];
}

internal sealed record TeamRequest(IReadOnlyList<TeamMember>? Add = null, IReadOnlyList<TeamMember>? End = null);

/// <summary>Who works on the case, and so who learns that it exists.</summary>
internal static class ChangeTeam
{
    public static async Task<IResult> HandleAsync(string id, TeamRequest request, HttpContext http, Caller caller, Casework casework)
    {
        var problem = request.Add is not { Count: > 0 } && request.End is not { Count: > 0 } ? ReferralsProblems.TeamInvalid
            : Fields.Refusal(
                ("add", TeamMember.Refusal(request.Add)),
                ("end", TeamMember.Refusal(request.End) ?? (request.End?.Any(member => member.Actor == caller.Actor) == true ? ReferralsProblems.TeamNotYourself : null)));
        return problem?.ToResult() ?? await casework.ChangeAsync(
            http, caller, id, ReferralVerb.ChangeTeam, [],
            (referral, now) => referral.ChangeTeam(TeamMember.Roles(request.Add), TeamMember.Roles(request.End), caller.Actor, now));
    }
}
