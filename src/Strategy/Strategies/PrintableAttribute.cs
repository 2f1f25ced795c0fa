using System.ComponentModel.DataAnnotations;
using Soc.Contracts.Strategy;

namespace Soc.Strategy.Strategies;

/// <summary>
/// No control character in a text, nor in the texts of a list's entries. The database cannot hold U+0000, and a title with a line break or an escape
/// sequence is not one.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class PrintableAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => Texts(value).All(text => text?.Any(char.IsControl) != true);

    public override string FormatErrorMessage(string name) => $"{name} holds a control character.";

    private static IEnumerable<string?> Texts(object? value) => value switch
    {
        null => [],
        string text => [text],
        IEnumerable<string?> texts => texts,
        IEnumerable<StrategyObjective?> objectives => objectives.Select(objective => objective?.Title),
        IEnumerable<StrategyInstitution?> institutions => institutions.SelectMany(institution => new[] { institution?.Name, institution?.Established }),
        IEnumerable<ContextFigure?> figures => figures.SelectMany(figure => new[] { figure?.Indicator, figure?.Unit, figure?.Qualifier }),
        _ => throw new ArgumentException($"{value.GetType()} is not known to hold texts.", nameof(value)),
    };
}
