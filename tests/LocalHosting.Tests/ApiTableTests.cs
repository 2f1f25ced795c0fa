using System.Reflection;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Soc.TestKit;

namespace Soc.LocalHosting.Tests;

/// <summary>docs/decisions/0003 lists every public member beside the listing of Aspire's API that has it too; nothing may be added unlisted.</summary>
public sealed class ApiTableTests
{
    [Fact]
    public async Task Every_public_member_is_in_the_table_that_was_checked_against_Aspires_own_listing()
    {
        var rows = (await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "docs", "decisions", "0003-localhosting-over-dcp.md"), TestContext.Current.CancellationToken))
            .Where(l => l.StartsWith("| `", StringComparison.Ordinal)).Select(l => l.Split('|')).ToList();
        var unlisted = new List<string>();
        foreach (var type in typeof(DistributedApplication).Assembly.GetExportedTypes())
        {
            var name = type.Name.Split('`')[0];
            var row = rows.Find(r => Regex.IsMatch(r[1], $@"`{name}(<\w+>)?`"));
            if (row is null)
            {
                unlisted.Add(name);
                continue;
            }

            unlisted.AddRange(type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(m => m is MethodInfo { IsSpecialName: false } or PropertyInfo or FieldInfo { IsSpecialName: false })
                .Select(m => m.Name).Distinct()
                .Where(m => !Regex.IsMatch(row[2], $@"`{m}\b"))
                .Select(m => $"{name}.{m}"));
        }

        Assert.Empty(unlisted);
    }
}
