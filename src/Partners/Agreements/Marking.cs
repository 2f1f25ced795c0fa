namespace Soc.Partners.Agreements;

/// <summary>The protective marking of information, in rising order: a ceiling covers its own marking and those below.</summary>
internal enum Marking
{
    Official,
    OfficialSensitive,
}

internal static class Markings
{
    public static string Code(this Marking marking) => marking switch
    {
        Marking.Official => "OFFICIAL",
        Marking.OfficialSensitive => "OFFICIAL-SENSITIVE",
        _ => throw new ArgumentOutOfRangeException(nameof(marking)),
    };

    public static Marking Parse(string code) => Enum.GetValues<Marking>().Single(marking => marking.Code() == code);
}
