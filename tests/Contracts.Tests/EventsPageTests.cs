using System.Reflection;
using Soc.TestKit;

namespace Soc.Contracts.Tests;

/// <summary>docs/events.md says what the types say, no more and no less.</summary>
public sealed class EventsPageTests
{
    private static readonly string[] Services = ["Gateway", "Partners", "Referrals", "Reporting", "Strategy"];
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "events.md"));
    private static readonly Type[] Contracts = typeof(EventAttribute).Assembly.GetExportedTypes();
    private static readonly Type[] Events = [.. Contracts.Where(type => type.GetCustomAttribute<EventAttribute>() is not null)];
    private static readonly Type[] Parts = [.. Contracts.Where(type => type.GetMethod("<Clone>$") is not null && !Events.Contains(type))];

    [Fact]
    public void The_page_lists_every_event_once_with_its_record_its_emitter_and_its_fields() =>
        Assert.Equal(
            Events.Select(type => $"{Name(type)} | {type.Name} | {type.Namespace!.Split('.')[^1]} | {Fields(type)}").Order(),
            Rows(6).Select(row => $"{Plain(row[0])} | {Plain(row[1])} | {row[2]} | {Plain(row[5])}").Order());

    [Fact]
    public void The_page_lists_every_part_of_an_event_once_with_its_fields() =>
        Assert.Equal(
            Parts.Select(type => $"{type.Name} | {Fields(type)}").Order(),
            Rows(2).Select(row => $"{Plain(row[0])} | {Plain(row[1])}").Order());

    [Fact]
    public void The_page_says_when_each_event_happens() => Assert.All(Rows(6), row => Assert.NotEmpty(row[3]));

    [Fact]
    public void The_page_names_the_services_that_declare_to_publish_and_to_consume_each_event() =>
        Assert.Equal(
            Events.Select(type => $"{type.Name}: {Declaring($@"Publishes<{type.Name}>")} to {Declaring($@"Consumes<{type.Name},")}").Order(),
            Rows(6).Select(row => $"{Plain(row[1])}: {row[2]} to {row[4]}").Order());

    /// <summary>The names of the services whose source has the declaration.</summary>
    private static string Declaring(string declaration) => string.Join(", ", Services.Where(service =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", service), "*.cs", SearchOption.AllDirectories)
            .Any(file => File.ReadAllText(file).Contains(declaration, StringComparison.Ordinal))));

    private static IEnumerable<string[]> Rows(int columns) => Lines
        .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(line => line.Trim('|', ' ').Split(" | "))
        .Where(cells => cells.Length == columns);

    private static string Plain(string cell) => cell.Replace("`", "", StringComparison.Ordinal);

    private static string Name(Type type) => type.GetCustomAttribute<EventAttribute>()!.Type;

    private static string Fields(Type type) => string.Join(", ", type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property =>
    {
        var optional = new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
        return $"{char.ToLowerInvariant(property.Name[0])}{property.Name[1..]}: {TypeName(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType)}{(optional ? "?" : "")}";
    }));

    private static string TypeName(Type type) =>
        type == typeof(Guid) ? "uuid"
        : type == typeof(string) ? "string"
        : type == typeof(int) ? "integer"
        : type == typeof(bool) ? "boolean"
        : type == typeof(decimal) ? "number"
        : type == typeof(DateOnly) ? "date"
        : type == typeof(DateTimeOffset) ? "instant"
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? TypeName(type.GenericTypeArguments[0]) + "[]"
        : Parts.Contains(type) ? type.Name
        : throw new InvalidOperationException($"docs/events.md has no word for {type}.");
}
