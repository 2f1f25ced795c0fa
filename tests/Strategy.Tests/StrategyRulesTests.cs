using Soc.Contracts.Strategy;
using Soc.Strategy.Strategies;

namespace Soc.Strategy.Tests;

/// <summary>What the aggregate accepts and refuses, without any I/O.</summary>
public sealed class StrategyRulesTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);

    private static readonly PublishStrategy OfStrands = new("test-strands", "A strategy of strands", "2020-03", Strands: ["pursue", "prepare"]);

    private static readonly PublishStrategy OfObjectives = new(
        "test-objectives", "A strategy of objectives", "2020-03-01", Objectives: [new(1, "First"), new(2, "Second"), new(3, "Third")],
        Context: [new("yearly cost", 100, "GBP", "at least")], PartnerSectors: ["public", "voluntary"]);

    private static readonly RecordDevelopment UnderStrand = new("plan", "A plan", "source", Strand: "pursue");
    private static readonly RecordDevelopment UnderObjectives = new("plan", "A plan", "platform", Objectives: [1, 3]);
    private static readonly PublishAnnualReport Report = new(2021, new DateOnly(2022, 2, 1), "A Minister");
    private static readonly AnswerWrittenQuestion Answer =
        new(new DateOnly(2021, 5, 1), new DateOnly(2021, 5, 6), "Home Office", "A heading", "A Minister", "what steps are taken");

    [Fact]
    public void A_published_strategy_starts_at_version_1_with_its_facts_in_its_event()
    {
        var (strategy, refusal) = NationalStrategy.Publish(OfObjectives with { Institutions = [new("An agency", "2020")] });
        Assert.Null(refusal);
        var published = strategy!.AsPublished();
        Assert.Equal(1, strategy.Version);
        Assert.Equal(
            (strategy.Id, "test-objectives", "A strategy of objectives", "2020-03-01", "objectives"),
            (published.StrategyId, published.Code, published.Title, published.Published, published.Framework));
        Assert.Equal(["First", "Second", "Third"], published.Objectives.Select(o => o.Title));
        Assert.Equal(new StrategyInstitution("An agency", "2020"), published.Institutions.Single());
        Assert.Equal(new ContextFigure("yearly cost", 100, "GBP", "at least"), published.Context.Single());
        Assert.Equal(["public", "voluntary"], published.PartnerSectors);
    }

    [Theory]
    [InlineData("2013", true)]
    [InlineData("2013-10", true)]
    [InlineData("2018-11-01", true)]
    [InlineData("2018-02-29", false)]
    [InlineData("2013-13", false)]
    [InlineData("2013-1", false)]
    [InlineData("13", false)]
    [InlineData("October 2013", false)]
    [InlineData("2018-11-01T00:00", false)]
    public void A_publication_date_is_a_year_a_month_or_a_day(string date, bool accepted) =>
        Assert.Equal(accepted ? null : StrategyProblems.DateInvalid, NationalStrategy.Publish(OfStrands with { Published = date }).Refusal);

    [Theory]
    [InlineData("ab")]
    [InlineData("Soc-2018")]
    [InlineData("soc 2018")]
    [InlineData("soc-2018\n")]
    public void A_code_of_another_form_is_refused(string code) =>
        Assert.Equal(StrategyProblems.CodeInvalid, NationalStrategy.Publish(OfStrands with { Code = code }).Refusal);

    [Fact]
    public void A_strategy_is_organised_by_strands_or_by_objectives_and_by_nothing_else()
    {
        Assert.All<PublishStrategy>(
            [
                OfStrands with { Strands = [] },
                OfStrands with { Objectives = OfObjectives.Objectives },
                OfStrands with { Strands = ["pursue", "pursue"] },
                OfStrands with { Strands = ["punish"] },
                OfObjectives with { Objectives = [new(1, "First"), new(3, "Third")] },
                OfObjectives with { Objectives = [new(2, "Second"), new(1, "First")] },
            ],
            facts => Assert.Equal(StrategyProblems.FrameworkInvalid, NationalStrategy.Publish(facts).Refusal));
    }

    [Fact]
    public void A_strategy_with_an_unknown_sector_a_negative_figure_or_a_nameless_entry_is_refused()
    {
        Assert.Equal(StrategyProblems.SectorUnknown, NationalStrategy.Publish(OfStrands with { PartnerSectors = ["charity"] }).Refusal);
        Assert.Equal(StrategyProblems.SectorUnknown, NationalStrategy.Publish(OfStrands with { PartnerSectors = ["public", "public"] }).Refusal);
        Assert.Equal(StrategyProblems.AmountNegative, NationalStrategy.Publish(OfStrands with { Context = [new("cost", -1, "GBP", null)] }).Refusal);
        Assert.Equal(StrategyProblems.TextMissing, NationalStrategy.Publish(OfStrands with { Context = [null!] }).Refusal);
        Assert.Equal(StrategyProblems.TextMissing, NationalStrategy.Publish(OfObjectives with { Objectives = [new(1, " ")] }).Refusal);
        Assert.Equal(StrategyProblems.TextMissing, NationalStrategy.Publish(OfStrands with { Institutions = [new("", null)] }).Refusal);
        Assert.Equal(StrategyProblems.DateInvalid, NationalStrategy.Publish(OfStrands with { Institutions = [new("An agency", "soon")] }).Refusal);
    }

    [Fact]
    public void Each_change_makes_one_version_and_one_event_in_order()
    {
        var strategy = Published(OfObjectives);
        var (first, _) = strategy.Record(UnderObjectives with { AmountGbp = 0, Places = ["Wales"], Effective = new DateOnly(2020, 4, 1), State = "begun" });
        Assert.Equal(2, strategy.Version);
        var (second, _) = strategy.Record(UnderObjectives with { Title = "Another plan" });
        Assert.Equal(3, strategy.Version);
        var (report, _) = strategy.Report(Report, Today);
        Assert.Equal(4, strategy.Version);
        var (answer, _) = strategy.Answer(Answer, Today);
        Assert.Equal(5, strategy.Version);

        Assert.Equal((1, 2), (first!.Order, second!.Order));
        Assert.Equal(("platform", "plan", "begun", 0m, new DateOnly(2020, 4, 1)), (first.MappedBy, first.Kind, first.State, first.AmountGbp, first.Effective));
        Assert.Equal([1, 3], first.Objectives);
        Assert.Equal(["Wales"], first.Places);
        Assert.Equal(new AnnualReportPublished(strategy.Id, 2021, new DateOnly(2022, 2, 1), null, "A Minister"), report);
        Assert.Equal(
            new WrittenQuestionAnswered(strategy.Id, Answer.Asked, Answer.Answered, "Home Office", "A heading", "A Minister", "what steps are taken"), answer);
    }

    [Fact]
    public void What_a_source_does_not_say_stays_null_in_the_event()
    {
        var (recorded, _) = Published(OfStrands).Record(UnderStrand);
        Assert.Equal((null, null, null), (recorded!.State, recorded.AmountGbp, recorded.Effective));
        Assert.Empty(recorded.Places);
        Assert.Empty(recorded.Objectives);
    }

    [Fact]
    public void A_development_under_strands_names_one_of_the_strategys_strands_and_no_objective() => Assert.All<RecordDevelopment>(
        [
            UnderStrand with { Strand = null },
            UnderStrand with { Strand = "prevent" },
            UnderStrand with { Objectives = [1] },
            UnderObjectives,
        ],
        facts => RefusesAndChangesNothing(OfStrands, facts, StrategyProblems.StrandMismatch));

    [Fact]
    public void A_development_under_objectives_names_objectives_that_exist_each_once_and_no_strand() => Assert.All<RecordDevelopment>(
        [
            UnderObjectives with { Objectives = [] },
            UnderObjectives with { Objectives = [4] },
            UnderObjectives with { Objectives = [1, 1] },
            UnderObjectives with { Strand = "pursue" },
            UnderStrand,
        ],
        facts => RefusesAndChangesNothing(OfObjectives, facts, StrategyProblems.ObjectivesMismatch));

    [Fact]
    public void A_development_of_unknown_kind_or_attribution_or_negative_amount_is_refused()
    {
        RefusesAndChangesNothing(OfStrands, UnderStrand with { Kind = "rumour" }, StrategyProblems.KindUnknown);
        RefusesAndChangesNothing(OfStrands, UnderStrand with { MappedBy = "guess" }, StrategyProblems.MappedByUnknown);
        RefusesAndChangesNothing(OfStrands, UnderStrand with { AmountGbp = -0.01m }, StrategyProblems.AmountNegative);
        RefusesAndChangesNothing(OfStrands, UnderStrand with { Places = [""] }, StrategyProblems.TextMissing);
    }

    [Fact]
    public void A_development_is_recorded_once()
    {
        var strategy = Published(OfStrands);
        strategy.Record(UnderStrand);
        Assert.Equal(StrategyProblems.DevelopmentDuplicate, strategy.Record(UnderStrand with { Title = "a PLAN", Strand = "prepare" }).Refusal);
        Assert.Equal(2, strategy.Version);
    }

    [Fact]
    public void A_report_covers_a_year_of_the_strategy_and_is_published_once_it_is_known()
    {
        var strategy = Published(OfStrands);
        Assert.Equal(StrategyProblems.ReportDatesInvalid, strategy.Report(Report with { Year = 2019 }, Today).Refusal);
        Assert.Equal(StrategyProblems.ReportDatesInvalid, strategy.Report(Report with { Year = 2023 }, Today).Refusal);
        Assert.Equal(StrategyProblems.ReportDatesInvalid, strategy.Report(Report with { Published = Today.AddDays(1) }, Today).Refusal);
        Assert.Equal(1, strategy.Version);
        Assert.Null(strategy.Report(Report with { Year = 2026, Published = Today }, Today).Refusal);
        Assert.Equal(StrategyProblems.ReportDuplicate, strategy.Report(Report with { Year = 2026, Published = Today }, Today).Refusal);
        Assert.Equal(2, strategy.Version);
    }

    [Fact]
    public void An_answer_follows_its_question_and_is_recorded_once()
    {
        var strategy = Published(OfStrands);
        Assert.Equal(StrategyProblems.AnswerDatesInvalid, strategy.Answer(Answer with { Answered = Answer.Asked.AddDays(-1) }, Today).Refusal);
        Assert.Equal(StrategyProblems.AnswerDatesInvalid, strategy.Answer(Answer with { Answered = Today.AddDays(1) }, Today).Refusal);
        Assert.Equal(StrategyProblems.AnswerDatesInvalid, strategy.Answer(Answer with { Asked = new DateOnly(2020, 2, 28) }, Today).Refusal);
        Assert.Null(strategy.Answer(Answer, Today).Refusal);
        Assert.Equal(StrategyProblems.AnswerDuplicate, strategy.Answer(Answer with { Heading = "A HEADING" }, Today).Refusal);
        Assert.Null(strategy.Answer(Answer with { Heading = "Another heading" }, Today).Refusal);
    }

    private static NationalStrategy Published(PublishStrategy facts) => NationalStrategy.Publish(facts).Strategy!;

    private static void RefusesAndChangesNothing(PublishStrategy of, RecordDevelopment facts, ServiceDefaults.Problem refusal)
    {
        var strategy = Published(of);
        Assert.Equal(refusal, strategy.Record(facts).Refusal);
        Assert.Equal(1, strategy.Version);
        Assert.Empty(strategy.Developments);
    }
}
