using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Soc.Benchmarks;

/// <summary>
/// The statements of one transaction as PostgreSQL logged them, made into a script of pgbench: so the yardstick always runs what the service runs.
/// Two recordings of the same request are compared: what differs between them (ids, references, keys) is new in every transaction of the script too.
/// </summary>
internal sealed partial class RecordedTransaction
{
    /// <summary>What the server is told to put before each line of its log while it records.</summary>
    public const string Prefix = "bench %p %u %a|";

    private readonly List<(string Text, string[] Values)> statements = [];

    /// <summary>The transactions of a role in which something was inserted into a table.</summary>
    public static List<RecordedTransaction> Find(IEnumerable<string> log, string role, string table)
    {
        var (open, found) = (new Dictionary<string, RecordedTransaction>(), new List<RecordedTransaction>());
        foreach (var (process, kind, text) in Entries(log, role))
        {
            if (kind == "DETAIL" && open.TryGetValue(process, out var current) && text.StartsWith("parameters: ", StringComparison.Ordinal) && current.statements.Count > 0)
            {
                current.statements[^1] = current.statements[^1] with { Values = [.. Value().Matches(text).Select(match => match.Groups[1].Value)] };
            }
            else if (kind == "LOG" && Statement().Match(text) is { Success: true } match)
            {
                var statement = match.Groups[1].Value.Trim();
                if (statement.StartsWith("BEGIN", StringComparison.OrdinalIgnoreCase))
                {
                    open[process] = new();
                }

                open.GetValueOrDefault(process)?.statements.Add((statement, []));
                if (statement.StartsWith("COMMIT", StringComparison.OrdinalIgnoreCase) && open.Remove(process, out var whole)
                    && whole.statements.Any(s => s.Text.Contains($"INSERT INTO {table} ", StringComparison.OrdinalIgnoreCase)))
                {
                    found.Add(whole);
                }
            }
        }

        return found;
    }

    /// <summary>The pgbench script; each client counts its transactions in <c>:n</c>, which the caller starts at 0.</summary>
    /// <exception cref="InvalidOperationException">The two are not recordings of the same request.</exception>
    public string ToScript(RecordedTransaction other)
    {
        if (!statements.Select(s => s.Text).SequenceEqual(other.statements.Select(s => s.Text)))
        {
            throw new InvalidOperationException("Two submissions ran different statements: there is no one transaction to compare with.");
        }

        var script = new StringBuilder("\\set n :n + 1\n\\set k (:client_id * 10000000 + :n) * 10\n");
        var fresh = new List<string>();
        foreach (var ((text, mine), (_, theirs)) in statements.Zip(other.statements))
        {
            var filled = Placeholder().Replace(text, match =>
            {
                var index = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) - 1;
                return Known(mine[index], differs: mine[index] != theirs[index]);
            });
            script.Append(filled).Append(";\n");
        }

        return script.ToString();

        string Known(string literal, bool differs)
        {
            if (Interval().IsMatch(literal))
            {
                return literal + "::interval";
            }

            var uuid = Uuid().IsMatch(literal);
            if ((!differs && !fresh.Contains(literal)) || (!uuid && Kept().IsMatch(literal)))
            {
                return literal;
            }

            if (!fresh.Contains(literal))
            {
                fresh.Add(literal);
            }

            var number = $"(:k + {fresh.IndexOf(literal)})::bigint";
            return uuid ? $"lpad(to_hex({number}), 32, '0')::uuid" : $"lpad({number}::text, {literal.Length - 2}, '0')";
        }
    }

    private static IEnumerable<(string Process, string Kind, string Text)> Entries(IEnumerable<string> log, string role)
    {
        (string Process, string Kind, StringBuilder Text)? entry = null;
        foreach (var line in log)
        {
            if (Head().Match(line) is { Success: true } head)
            {
                if (entry is { } done)
                {
                    yield return (done.Process, done.Kind, done.Text.ToString());
                }

                // The service's own connections bear no name; the dispatcher's do.
                entry = head.Groups[2].Value == role && !head.Groups[3].Value.Contains("outbox", StringComparison.Ordinal)
                    ? (head.Groups[1].Value, head.Groups[4].Value, new StringBuilder(head.Groups[5].Value)) : null;
            }
            else if (line.IndexOf('\t', StringComparison.Ordinal) is >= 0 and var tab)
            {
                entry?.Text.Append('\n').Append(line.AsSpan(tab + 1));
            }
        }

        if (entry is { } last)
        {
            yield return (last.Process, last.Kind, last.Text.ToString());
        }
    }

    [GeneratedRegex(@"bench (\d+) (\S*) ([^|]*)\|(LOG|DETAIL):  (.*)$")]
    private static partial Regex Head();

    [GeneratedRegex(@"^(?:statement|execute [^:]*): (.*)$", RegexOptions.Singleline)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\$\d+ = ('(?:[^']|'')*'|NULL)")]
    private static partial Regex Value();

    [GeneratedRegex(@"\$(\d+)")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^'(\d+ days?)?\s?(\d+:\d\d:\d\d(\.\d+)?)?'$")]
    private static partial Regex Interval();

    [GeneratedRegex("^'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'$")]
    private static partial Regex Uuid();

    /// <summary>Sealed bytes, times and JSON: nothing in the database asks that they be new, and a number is none of them.</summary>
    [GeneratedRegex(@"^'(\\x|\d{4}-\d\d-\d\d|\[|\{)")]
    private static partial Regex Kept();
}
