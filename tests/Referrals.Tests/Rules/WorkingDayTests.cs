using System.Diagnostics;
using System.Globalization;
using Soc.Referrals.Clocks;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Tests.Rules;

/// <summary>Working days against a source of bank holidays that is not ours: npm's date-holidays, over ten years and three jurisdictions.</summary>
public sealed class WorkingDayTests
{
    private const int From = 2021;
    private const int Until = 2030;

    /// <summary>A day that was proclaimed for one jurisdiction after the source's release; nothing else may differ.</summary>
    private static readonly (string Jurisdiction, DateOnly Day)[] OnlyOurs = [("scotland", new(2026, 6, 15))];

    [Fact]
    public async Task Every_day_of_ten_years_is_a_working_day_exactly_where_the_other_source_says_so()
    {
        var theirs = await BankHolidaysAsync();
        Assert.True(theirs.Count > 240, $"the source named {theirs.Count} days");

        foreach (var jurisdiction in Jurisdictions)
        {
            for (var day = new DateOnly(From, 1, 1); day.Year <= Until; day = day.AddDays(1))
            {
                var expected = day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !theirs.Contains((jurisdiction, day)) && !OnlyOurs.Contains((jurisdiction, day));
                Assert.True(expected == WorkingDays.IsWorkingDay(jurisdiction, day), $"{jurisdiction} {day:O}");
            }
        }
    }

    [Fact]
    public async Task The_end_of_the_nth_working_day_after_each_day_is_where_counting_by_the_other_source_arrives()
    {
        var theirs = await BankHolidaysAsync();
        foreach (var (jurisdiction, count) in from jurisdiction in Jurisdictions from count in new[] { 1, 2, 5, 20 } select (jurisdiction, count))
        {
            var working = Enumerable.Range(0, 3652).Select(new DateOnly(From, 1, 1).AddDays)
                .Where(day => ((int)day.DayOfWeek + 6) % 7 < 5 && !theirs.Contains((jurisdiction, day)) && !OnlyOurs.Contains((jurisdiction, day))).ToList();
            for (var day = new DateOnly(From, 1, 1); day < new DateOnly(Until, 11, 1); day = day.AddDays(1))
            {
                var expected = working[working.FindIndex(each => each > day) + count - 1];
                var (start, end) = (UkCalendar.EndOf(day).AddHours(-9), WorkingDays.EndAfter(jurisdiction, UkCalendar.EndOf(day).AddHours(-9), count));
                Assert.True(UkCalendar.EndOf(expected) == end, $"{jurisdiction}: {count} working days after {day:O}, {start:O}");
            }
        }
    }

    [Theory]
    [InlineData("england-and-wales", "2021-12-24T12:00Z", 1, "2021-12-29")] // Christmas on a Saturday: substitute days on the 27th and 28th
    [InlineData("scotland", "2021-12-31T12:00Z", 1, "2022-01-05")] // 1 and 2 January on a weekend: 3 and 4
    [InlineData("england-and-wales", "2021-12-31T12:00Z", 1, "2022-01-04")]
    [InlineData("scotland", "2026-04-03T08:00Z", 1, "2026-04-06")] // Easter Monday is none in Scotland
    [InlineData("england-and-wales", "2026-04-02T08:00Z", 1, "2026-04-07")]
    [InlineData("northern-ireland", "2026-07-10T08:00Z", 1, "2026-07-14")] // 12 July on a Sunday
    [InlineData("northern-ireland", "2025-03-14T08:00Z", 1, "2025-03-18")]
    [InlineData("england-and-wales", "2022-09-16T08:00Z", 1, "2022-09-20")] // a state funeral
    [InlineData("scotland", "2026-11-27T08:00Z", 1, "2026-12-01")] // St Andrew's Day
    [InlineData("england-and-wales", "2026-06-30T23:30Z", 1, "2026-07-02")] // half past midnight on 1 July in London
    [InlineData("england-and-wales", "2026-12-23T09:00Z", 5, "2027-01-04")]
    public void Known_days(string jurisdiction, string start, int count, string expected) => Assert.Equal(
        UkCalendar.EndOf(DateOnly.Parse(expected, CultureInfo.InvariantCulture)),
        WorkingDays.EndAfter(jurisdiction, DateTimeOffset.Parse(start, CultureInfo.InvariantCulture), count));

    private static readonly string[] Jurisdictions = [WorkingDays.EnglandAndWales, WorkingDays.Scotland, WorkingDays.NorthernIreland];

    private static async Task<HashSet<(string Jurisdiction, DateOnly Day)>> BankHolidaysAsync()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "date-holidays");
        if (!File.Exists(Path.Combine(folder, "node_modules", "date-holidays", "package.json")))
        {
            await RunAsync("npm", folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        }

        return [.. (await RunAsync("node", folder, "list.mjs", $"{From}", $"{Until}")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')).Select(parts => (parts[0], DateOnly.ParseExact(parts[1], "yyyy-MM-dd", CultureInfo.InvariantCulture)))];
    }

    private static async Task<string> RunAsync(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"Cannot start {program}.");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}");
    }
}
