using System.ComponentModel.DataAnnotations;

namespace Soc.Strategy.Strategies;

/// <summary>A minister's written answer: it tells of what has been recorded under the strategy until then.</summary>
public sealed record AnswerWrittenQuestion(
    DateOnly Asked,
    DateOnly Answered,
    [Required, MaxLength(200), Printable] string Department,
    [Required, MaxLength(200), Printable] string Heading,
    [Required, MaxLength(200), Printable] string Minister,
    [Required, MaxLength(500), Printable] string Asks);
