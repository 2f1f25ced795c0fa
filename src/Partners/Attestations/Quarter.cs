namespace Soc.Partners.Attestations;

/// <summary>A calendar quarter.</summary>
internal readonly record struct Quarter(int Year, int Number)
{
    public static Quarter Of(DateOnly day) => new(day.Year, ((day.Month - 1) / 3) + 1);

    public DateOnly FirstDay => new(Year, (Number * 3) - 2, 1);

    public Quarter Next => Of(FirstDay.AddMonths(3));

    /// <summary>Such as <c>2026-Q4</c>.</summary>
    public override string ToString() => $"{Year:D4}-Q{Number}";
}
