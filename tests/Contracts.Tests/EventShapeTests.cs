using System.Reflection;
using System.Text.RegularExpressions;

namespace Soc.Contracts.Tests;

public sealed partial class EventShapeTests
{
    private static readonly Type[] Events =
        [.. typeof(EventAttribute).Assembly.GetExportedTypes().Where(type => type.GetCustomAttribute<EventAttribute>() is not null)];

    public static TheoryData<Type> EachEvent => [.. Events];

    [Theory]
    [MemberData(nameof(EachEvent))]
    public void An_event_is_a_sealed_record_named_after_the_service_of_its_namespace(Type type)
    {
        var name = NameForm().Match(Name(type));
        Assert.True(name.Success, Name(type));
        Assert.Equal(type.Namespace, "Soc.Contracts." + char.ToUpperInvariant(name.Groups[1].Value[0]) + name.Groups[1].Value[1..]);
        Assert.True(type.IsSealed && type.GetMethod("<Clone>$") is not null);
    }

    [Fact]
    public void No_two_events_have_the_same_name() => Assert.Distinct(Events.Select(Name));

    [Theory]
    [MemberData(nameof(EachEvent))]
    public void An_event_that_may_not_be_linked_holds_only_its_token_and_closed_vocabularies_or_whom_a_notice_is_for(Type type)
    {
        var linkable = type.GetCustomAttribute<EventAttribute>()!.Linkable;
        Assert.Equal(type.Namespace != "Soc.Contracts.Referrals", linkable);
        if (!linkable)
        {
            string[] allowed = type == typeof(Referrals.InformationDisclosed)
                ? ["OrganisationId", "DataCategory", "Items", "Hour"]
                : type == typeof(Referrals.NoticeIssued)
                ? ["OrganisationId", "NoticeId"]
                : ["Token", "Region", "PriorityBand", "Route", "Outcome", "Clock", "Week"];
            Assert.All(type.GetProperties(), property => Assert.Contains(property.Name, allowed));
        }
    }

    [Fact]
    public void Every_scope_is_listed_once() => Assert.Equal(
        typeof(Scopes).GetFields().Select(field => (string)field.GetValue(null)!), Scopes.All);

    private static string Name(Type type) => type.GetCustomAttribute<EventAttribute>()!.Type;

    [GeneratedRegex(@"^soc\.(partners|referrals|strategy|reporting)\.[a-z]+\.[a-z]+\.v[1-9]$")]
    private static partial Regex NameForm();
}
