using System.Collections.Frozen;
using System.Text.Json;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Clocks;

/// <summary>Working days of the three jurisdictions: Monday to Friday without bank holidays, which are data (bank-holidays.json). Days are those of London.</summary>
internal static class WorkingDays
{
    public const string EnglandAndWales = "england-and-wales";
    public const string Scotland = "scotland";
    public const string NorthernIreland = "northern-ireland";

    private static readonly FrozenDictionary<string, FrozenSet<DateOnly>> BankHolidays = Load();

    /// <summary>The jurisdiction that a region of the reference data lies in.</summary>
    public static string JurisdictionOf(string region) => region switch { "SCT" => Scotland, "NIR" => NorthernIreland, _ => EnglandAndWales };

    public static bool IsWorkingDay(string jurisdiction, DateOnly day) =>
        day.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday) && !BankHolidays[jurisdiction].Contains(day);

    /// <summary>The instant at which the given number of working days after the day of an instant has ended; that day itself does not count.</summary>
    public static DateTimeOffset EndAfter(string jurisdiction, DateTimeOffset start, int workingDays) => EndAfter(jurisdiction, start, workingDays, _ => true);

    /// <summary>The same, counting only those working days whose end <paramref name="counts"/>.</summary>
    public static DateTimeOffset EndAfter(string jurisdiction, DateTimeOffset start, int workingDays, Func<DateTimeOffset, bool> counts)
    {
        for (var day = UkCalendar.Day(start).AddDays(1); ; day = day.AddDays(1))
        {
            var end = UkCalendar.EndOf(day);
            if (IsWorkingDay(jurisdiction, day) && counts(end) && --workingDays <= 0)
            {
                return end;
            }
        }
    }

    private static FrozenDictionary<string, FrozenSet<DateOnly>> Load()
    {
        using var stream = typeof(WorkingDays).Assembly.GetManifestResourceStream("bank-holidays.json")
            ?? throw new InvalidOperationException("bank-holidays.json is not embedded.");
        var data = JsonSerializer.Deserialize<Data>(stream, JsonSerializerOptions.Web) ?? throw new InvalidOperationException("bank-holidays.json is empty.");
        return data.Jurisdictions.ToFrozenDictionary(each => each.Key, each => each.Value.ToFrozenSet(), StringComparer.Ordinal);
    }

    private sealed record Data(Dictionary<string, DateOnly[]> Jurisdictions);
}
