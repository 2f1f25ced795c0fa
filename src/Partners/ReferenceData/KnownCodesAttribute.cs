using System.ComponentModel.DataAnnotations;

namespace Soc.Partners.ReferenceData;

/// <summary>A code of one of the closed lists, or several different ones.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
internal sealed class KnownCodesAttribute(string list) : ValidationAttribute
{
    public override bool IsValid(object? value) => value switch
    {
        null => true,
        string code => ReferenceCodes.Of(list).Contains(code),
        IReadOnlyCollection<string> codes => codes.All(ReferenceCodes.Of(list).Contains) && codes.Distinct().Count() == codes.Count,
        _ => false,
    };

    public override string FormatErrorMessage(string name) => $"{name} takes codes of this list, each once: {string.Join(", ", ReferenceCodes.Of(list).Order())}.";
}
