using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Soc.Contracts;
using Soc.Referrals.BreakGlass;
using Soc.Referrals.Cases;
using Soc.Referrals.Data;
using Soc.Referrals.Drafts;
using Soc.Referrals.Transfers;
using Soc.Referrals.Worklists;
using Soc.ServiceDefaults;
using static Soc.Referrals.Tests.ReferralsHost;

namespace Soc.Referrals.Tests.Journeys;

/// <summary>
/// Both walls, each by itself: every table under row security as the service's own role finds it, by organisation, actor, scope and purpose; and the queries
/// as a role finds them whom row security does not bind.
/// </summary>
public sealed class RowSecurityTableTests(Walls walls) : IClassFixture<Walls>
{
    private static readonly Guid Third = Guid.CreateVersion7();
    private static readonly string[] Purposes =
        [WorkPurpose.Casework, WorkPurpose.Clock, WorkPurpose.Receiving, WorkPurpose.Moving, WorkPurpose.BreakGlassRequest, WorkPurpose.BreakGlass, WorkPurpose.Referring];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_case_and_what_belongs_to_it_show_themselves_to_the_team_for_casework_and_to_nobody_else()
    {
        foreach (var table in (string[])["assessment", "decision", "interim_protection", "arrangement", "case_review", "sealed_field", "data_key"])
        {
            var rows = $"{table} where referral_id = '{walls.Reviewed}'";
            await SeesAsync(rows, true, new(Unit, "case-officer"));
            foreach (var nobody in (Who[])
            [
                new(Unit, "colleague"), new(Unit, "colleague", Scopes: [.. Scopes.All]), new(Unit, "ended-officer"), new(OtherUnit, "case-officer"), new(Third, "case-officer"), new(Trust, "referrer"), new(null, "case-officer"),
            ])
            {
                await SeesAsync(rows, false, nobody);
            }

            foreach (var purpose in Purposes)
            {
                var isSealed = table is "sealed_field" or "data_key";
                await SeesAsync(rows, purpose == WorkPurpose.Casework || purpose == WorkPurpose.BreakGlass || !isSealed || (table == "data_key" && purpose == WorkPurpose.Referring), new(Unit, "case-officer", purpose));
                await SeesAsync(rows, purpose == WorkPurpose.BreakGlass || (!isSealed && purpose is WorkPurpose.Clock or WorkPurpose.Moving or WorkPurpose.BreakGlassRequest), new(Unit, "night-officer", purpose));
                await SeesAsync(rows, purpose == WorkPurpose.Clock && !isSealed, new(Third, "case-officer", purpose));
            }
        }

        foreach (var purpose in Purposes)
        {
            await SeesAsync(Of(walls.Reviewed), true, new(Unit, "case-officer", purpose));
            await SeesAsync(Of(walls.Reviewed), purpose is WorkPurpose.Clock or WorkPurpose.Moving or WorkPurpose.BreakGlassRequest, new(Unit, "colleague", purpose));
            await SeesAsync(Of(walls.Reviewed), purpose is WorkPurpose.Clock, new(OtherUnit, "case-officer", purpose, [.. Scopes.All]));
            await SeesAsync(Of(walls.Reviewed), purpose is WorkPurpose.Clock or WorkPurpose.Referring, new(Trust, "anybody", purpose));
            await SeesAsync(Of(walls.Reviewed), purpose is WorkPurpose.Clock, new(Third, "case-officer", purpose, [.. Scopes.All]));
            await SeesAsync(Of(walls.HandedOver), purpose is WorkPurpose.Clock, new(Unit, "case-officer", purpose)); // its instant has come
            await SeesAsync(Of(walls.HandedOver), true, new(OtherUnit, "new-case-officer", purpose));
            await SeesAsync(Of(walls.Agreed), purpose is WorkPurpose.Clock, new(OtherUnit, "new-case-officer", purpose)); // and its has not
        }

        await SeesAsync(Of(walls.Waiting), true, new(Unit, "any-triage-officer", Scopes: [Scopes.ReferralsTriage]));
        await SeesAsync(Of(walls.Waiting), false, new(Unit, "any-triage-officer", Scopes: [.. Scopes.All.Except([Scopes.ReferralsTriage])]));
        await SeesAsync(Of(walls.Waiting), false, new(OtherUnit, "any-triage-officer", Scopes: [Scopes.ReferralsTriage]));
        await SeesAsync(Of(walls.HandedOver), true, new(OtherUnit, "any", WorkPurpose.BreakGlassRequest));
        await SeesAsync(Of(walls.Reviewed), false, new(Unit, "late-officer", WorkPurpose.BreakGlass));
        await SeesAsync(Of(walls.Reviewed), false, new(OtherUnit, "night-officer", WorkPurpose.BreakGlass));
    }

    [Fact]
    public async Task A_receiving_unit_finds_what_it_has_to_answer_and_the_records_show_themselves_to_proposer_team_and_answerer()
    {
        string[] transfer = [Scopes.ReferralsTransfer];
        foreach (var (id, finds) in new[] { (walls.Proposed, true), (walls.Agreed, true), (walls.Refused, false), (walls.Reviewed, false), (walls.HandedOver, false) })
        {
            await SeesAsync(Of(id), finds, new(OtherUnit, "receiver", WorkPurpose.Receiving, transfer));
            await SeesAsync(Of(id), false, new(OtherUnit, "receiver", WorkPurpose.Receiving, [.. Scopes.All.Except(transfer)]));
            await SeesAsync(Of(id), false, new(OtherUnit, "receiver", WorkPurpose.Casework, transfer));
            await SeesAsync(Of(id), false, new(Third, "receiver", WorkPurpose.Receiving, transfer));
            var update = $"update referral set region = region where id = '{id}'";
            await WritesAsync(update, finds ? "allowed" : "none", new(OtherUnit, "receiver", WorkPurpose.Receiving, transfer, id));
            await WritesAsync(update, finds ? "denied" : "none", new(OtherUnit, "receiver", WorkPurpose.Receiving, transfer));
        }

        foreach (var (id, toReceiver) in new[] { (walls.Proposed, true), (walls.Agreed, true), (walls.HandedOver, true), (walls.Refused, false) })
        {
            var record = $"transfer where referral_id = '{id}'";
            foreach (var (who, sees) in new (Who, bool)[]
            {
                (new(Unit, "transfer-coordinator", Scopes: transfer), true), (new(Unit, "case-officer", Scopes: transfer), true), (new(Unit, "colleague", Scopes: transfer), false), (new(Unit, "ended-officer", Scopes: transfer), false),
                (new(Unit, "transfer-coordinator", Scopes: [.. Scopes.All.Except(transfer)]), false), (new(OtherUnit, "receiver", Scopes: transfer), toReceiver), (new(OtherUnit, "receiver"), false),
                (new(Third, "transfer-coordinator", Scopes: transfer), false),
            })
            {
                await SeesAsync(record, sees, who);
            }

            var isOpen = id == walls.Proposed || id == walls.Agreed;
            await WritesAsync($"update transfer set status = 'cancelled' where referral_id = '{id}'", isOpen ? "allowed" : "none", new(Unit, "transfer-coordinator", Scopes: transfer));
            await WritesAsync($"update transfer set status = 'accepted' where referral_id = '{id}'", isOpen ? "denied" : "none", new(Unit, "transfer-coordinator", Scopes: transfer));
            await WritesAsync($"update transfer set status = 'cancelled' where referral_id = '{id}'", "none", new(Third, "transfer-coordinator", Scopes: transfer));
        }

        // One of a load is its teams', and the new one's from the instant on.
        await walls.Host.RowsAsync("update transfer set bulk_transfer_id = $1 where referral_id in ($2, $3)", walls.Bulk, walls.Agreed, walls.HandedOver);
        await SeesAsync($"transfer where referral_id = '{walls.Agreed}'", false, new(Unit, "not-on-the-team", Scopes: transfer));
        foreach (var id in (Guid[])[walls.Agreed, walls.HandedOver])
        {
            await SeesAsync($"transfer where referral_id = '{id}'", false, new(OtherUnit, "receiver", Scopes: transfer));
            await SeesAsync($"transfer where referral_id = '{id}'", id == walls.HandedOver, new(OtherUnit, "new-case-officer", Scopes: transfer));
            await SeesAsync($"transfer where referral_id = '{id}'", true, new(Unit, "case-officer", Scopes: transfer));
        }

        await walls.Host.RowsAsync("update transfer set proposed_by = 'not-on-the-team' where referral_id = $1", walls.Agreed);
        await SeesAsync($"transfer where referral_id = '{walls.Agreed}'", false, new(Unit, "not-on-the-team", Scopes: transfer));
        await walls.Host.RowsAsync("update transfer set bulk_transfer_id = null, proposed_by = 'transfer-coordinator' where referral_id in ($1, $2)", walls.Agreed, walls.HandedOver);
    }

    [Fact]
    public async Task A_load_its_lines_and_its_members_show_what_the_move_needs()
    {
        string[] transfer = [Scopes.ReferralsTransfer];
        var (row, left, moved) = ($"bulk_transfer where id = '{walls.Bulk}'", $"bulk_transfer_item where referral_id = '{walls.Reviewed}'", $"bulk_transfer_item where referral_id = '{walls.HandedOver}'");
        foreach (var (who, seesRow, seesLeft, seesMoved) in new (Who, bool, bool, bool)[]
        {
            (new(Unit, "mover", Scopes: transfer), true, false, false), (new(OtherUnit, "receiver", Scopes: transfer), true, false, false), (new(Third, "mover", Scopes: transfer), false, false, false),
            (new(Unit, "mover"), false, false, false), (new(Unit, "case-officer", Scopes: transfer), true, true, false), (new(OtherUnit, "new-case-officer", Scopes: transfer), true, false, true),
            (new(Unit, "mover", WorkPurpose.Moving, transfer), true, true, true), (new(OtherUnit, "receiver", WorkPurpose.Moving, transfer), true, false, true), (new(Third, "mover", WorkPurpose.Moving, transfer), false, false, false),
            (new(Unit, "clock", WorkPurpose.Moving), true, true, true), (new(OtherUnit, "clock", WorkPurpose.Moving), false, false, false), (new(Guid.Empty, "clock", WorkPurpose.Clock), true, false, false),
        })
        {
            await SeesAsync(row, seesRow, who);
            await SeesAsync(left, seesLeft, who);
            await SeesAsync(moved, seesMoved, who);
        }

        var newMembers = $"case_member where referral_id = '{walls.Agreed}' and unit = '{OtherUnit}'";
        await SeesAsync(newMembers, true, new(Unit, "clock", WorkPurpose.Moving, Case: walls.Agreed));
        foreach (var nobody in (Who[])[new(Unit, "clock", WorkPurpose.Moving), new(Unit, "clock", WorkPurpose.Moving, Case: walls.Reviewed), new(Unit, "clock", Case: walls.Agreed), new(Third, "clock", WorkPurpose.Moving)])
        {
            await SeesAsync(newMembers, false, nobody);
        }

        await SeesAsync("case_member", false, new(Third, "any", WorkPurpose.Moving, [.. Scopes.All]));
        await SeesAsync($"case_member where referral_id = '{walls.Reviewed}'", true, new(Unit, "colleague"));
        var move = $"update referral set region = region where id = '{walls.Waiting}'";
        await WritesAsync(move, "allowed", new(Unit, "clock", WorkPurpose.Moving, Case: walls.Waiting));
        await WritesAsync(move, "none", new(Unit, "clock", WorkPurpose.Moving));
        await WritesAsync(move, "none", new(OtherUnit, "clock", WorkPurpose.Moving, Case: walls.Waiting));
        var line = $"insert into bulk_transfer_item (bulk_transfer_id, referral_id) values ('{walls.Bulk}', '{walls.Waiting}')";
        await WritesAsync(line, "allowed", new(Unit, "clock", WorkPurpose.Moving, Case: walls.Waiting));
        foreach (var nobody in (Who[])[new(Unit, "clock", Case: walls.Waiting), new(Unit, "clock", WorkPurpose.Moving), new(OtherUnit, "receiver", WorkPurpose.Moving, transfer, walls.Waiting)])
        {
            await WritesAsync(line, "denied", nobody);
        }

        var member = $"insert into case_member (id, referral_id, unit) values (gen_random_uuid(), '{walls.Waiting}', '{OtherUnit}')";
        await WritesAsync(member, "allowed", new(Unit, "clock", WorkPurpose.Moving, Case: walls.Waiting));
        await WritesAsync(member, "denied", new(Unit, "clock", WorkPurpose.Moving));
        await WritesAsync(member, "denied", new(Third, "clock", WorkPurpose.Moving, Case: walls.Waiting));
        await WritesAsync($"update bulk_transfer set status = 'done' where id = '{walls.Bulk}'", "allowed", new(Unit, "clock", WorkPurpose.Moving));
        await WritesAsync($"update bulk_transfer set status = 'done' where id = '{walls.Bulk}'", "none", new(Unit, "mover", Scopes: transfer));
        await WritesAsync($"update bulk_transfer set status = 'cancelled' where id = '{walls.Bulk}'", "denied", new(Unit, "clock", WorkPurpose.Moving));

        // Without an agreed load nothing moves.
        await walls.Host.RowsAsync("update bulk_transfer set status = 'done' where id = $1", walls.Bulk);
        await SeesAsync(Of(walls.Waiting), false, new(Unit, "clock", WorkPurpose.Moving));
        await WritesAsync(member, "denied", new(Unit, "clock", WorkPurpose.Moving, Case: walls.Waiting));
        await walls.Host.RowsAsync("update bulk_transfer set status = 'running' where id = $1", walls.Bulk);
    }

    [Fact]
    public async Task Rows_that_belong_to_a_unit_an_author_or_a_referrer_are_theirs_alone()
    {
        foreach (var (rows, own, others) in new (string, Who, Who[])[]
        {
            ($"draft where id = '{walls.Draft}'", new(Trust, "drafter"), [new(Trust, "referrer"), new(Unit, "drafter"), new(null, "drafter")]),
            ($"break_glass where id = '{walls.Access}'", new(Unit, "anybody"), [new(OtherUnit, "night-officer"), new(Trust, "night-officer"), new(null, "night-officer")]),
            ("threat_notice_count", new(Unit, "anybody"), [new(OtherUnit, "case-officer"), new(null, "case-officer")]),
            ($"referrer_update where referral_id = '{walls.Reviewed}'", new(Trust, "anybody"), [new(Unit, "case-officer"), new(Third, "referrer"), new(null, "referrer")]),
            ("update_feed", new(Trust, "anybody"), [new(Unit, "case-officer"), new(Third, "referrer"), new(null, "referrer")]),
            ($"audit_entry where referral_id = '{walls.Reviewed}' and action = 'referral.decide'", new(Unit, "anybody"), [new(OtherUnit, "case-officer"), new(Trust, "referrer"), new(null, "case-officer")]),
            ($"case_member where referral_id = '{walls.Reviewed}'", new(Unit, "anybody"), [new(OtherUnit, "case-officer"), new(Trust, "referrer"), new(null, "case-officer")]),
        })
        {
            await SeesAsync(rows, true, own);
            foreach (var other in others)
            {
                foreach (var purpose in Purposes.Except(rows.StartsWith("draft", StringComparison.Ordinal) || rows.StartsWith("break_glass", StringComparison.Ordinal) ? [WorkPurpose.Clock] : []))
                {
                    await SeesAsync(rows, false, other with { Purpose = purpose });
                }
            }
        }

        await SeesAsync($"draft where id = '{walls.Draft}'", true, new(Guid.Empty, "clock", WorkPurpose.Clock)); // purged
        await SeesAsync($"break_glass where id = '{walls.Access}'", true, new(Guid.Empty, "clock", WorkPurpose.Clock)); // counted
        await WritesAsync($"update break_glass set reads = 0 where id = '{walls.Access}'", "none", new(Guid.Empty, "clock", WorkPurpose.Clock));
        await WritesAsync($"delete from draft where id = '{walls.Draft}'", "none", new(Trust, "referrer"));
    }

    [Fact]
    public async Task Nobody_writes_for_a_case_or_a_unit_that_is_not_theirs()
    {
        Who[] strangers = [new(Unit, "colleague"), new(Unit, "ended-officer"), new(OtherUnit, "case-officer"), new(Trust, "referrer"), new(Third, "case-officer", WorkPurpose.Moving), new(null, "case-officer")];
        foreach (var (insert, insider) in new (string, Who)[]
        {
            ("insert into assessment (id, referral_id) values (gen_random_uuid(), '{0}')", new(Unit, "case-officer")),
            ("insert into decision (referral_id) values ('{0}')", new(Unit, "case-officer")),
            ("insert into interim_protection (id, referral_id) values (gen_random_uuid(), '{0}')", new(Unit, "case-officer")),
            ("insert into arrangement (id, referral_id) values (gen_random_uuid(), '{0}')", new(Unit, "case-officer")),
            ("insert into case_review (id, referral_id) values (gen_random_uuid(), '{0}')", new(Unit, "case-officer")),
            ($"insert into case_member (id, referral_id, unit) values (gen_random_uuid(), '{{0}}', '{Unit}')", new(Unit, "case-officer")),
            ("insert into sealed_field (referral_id, field, version, content) values ('{0}', 'narrative', 999, '')", new(Unit, "case-officer")),
            ("insert into data_key (referral_id) values ('{0}')", new(Trust, "referrer", WorkPurpose.Referring)),
            ($"insert into referrer_update (id, referral_id, organisation) values (gen_random_uuid(), '{{0}}', '{Trust}')", new(Unit, "case-officer")),
        })
        {
            var sql = insert.Replace("{0}", walls.Reviewed.ToString(), StringComparison.Ordinal);
            await WritesAsync(sql, "allowed", insider);
            foreach (var stranger in strangers)
            {
                await WritesAsync(sql, "denied", stranger);
            }
        }

        await WritesAsync($"insert into sealed_field (referral_id, field, version, content) values ('{walls.Reviewed}', 'x', 1, '')", "denied", new(Unit, "colleague", WorkPurpose.BreakGlassRequest));
        await WritesAsync($"insert into data_key (referral_id) values ('{walls.Reviewed}')", "denied", new(Unit, "case-officer"));
        await WritesAsync($"insert into referrer_update (id, referral_id, organisation) values (gen_random_uuid(), '{walls.Reviewed}', '{Third}')", "denied", new(Unit, "case-officer"));
        foreach (var (sql, who) in new (string, Who)[]
        {
            ($"insert into referral (id, referring_organisation) values (gen_random_uuid(), '{Trust}')", new(Unit, "case-officer")),
            ($"insert into transfer (id, referral_id, from_unit, to_unit, proposed_by, status) values (gen_random_uuid(), '{walls.Reviewed}', '{Unit}', '{OtherUnit}', 'colleague', 'proposed')", new(Unit, "colleague", Scopes: [Scopes.ReferralsTransfer])),
            ($"insert into transfer (id, referral_id, from_unit, to_unit, proposed_by, status) values (gen_random_uuid(), '{walls.Reviewed}', '{Unit}', '{OtherUnit}', 'case-officer', 'accepted')", new(Unit, "case-officer", Scopes: [Scopes.ReferralsTransfer])),
            ($"insert into bulk_transfer (id, from_unit, to_unit, proposed_by, status) values (gen_random_uuid(), '{Unit}', '{OtherUnit}', 'x', 'proposed')", new(OtherUnit, "x", Scopes: [Scopes.ReferralsTransfer])),
            ($"insert into bulk_transfer (id, from_unit, to_unit, proposed_by, status) values (gen_random_uuid(), '{Unit}', '{OtherUnit}', 'x', 'running')", new(Unit, "x", Scopes: [Scopes.ReferralsTransfer])),
            ($"insert into break_glass (id, unit) values (gen_random_uuid(), '{Unit}')", new(OtherUnit, "x")),
            ($"insert into threat_notice_count (unit) values ('{Unit}')", new(OtherUnit, "x")),
            ($"insert into draft (id, organisation, author) values (gen_random_uuid(), '{Trust}', 'drafter')", new(Trust, "referrer")),
            ($"insert into update_feed (organisation) values ('{Trust}')", new(Third, "referrer")),
            ($"insert into audit_entry (id, organisation) values (gen_random_uuid(), '{Unit}')", new(Third, "x")),
        })
        {
            await WritesAsync(sql, "denied", who);
        }

        var change = $"update referral set region = region where id = '{walls.Reviewed}'";
        var member = $"update case_member set until = now() where referral_id = '{walls.Reviewed}' and actor = 'assessor'";
        foreach (var purpose in Purposes)
        {
            await WritesAsync(change, purpose is WorkPurpose.Casework or WorkPurpose.Clock ? "allowed" : "none", new(Unit, "case-officer", purpose));
            await WritesAsync(change, purpose is WorkPurpose.Clock or WorkPurpose.Referring ? "allowed" : "none", new(Trust, "referrer", purpose));
            await WritesAsync(change, purpose is WorkPurpose.Clock ? "allowed" : "none", new(OtherUnit, "case-officer", purpose));
        }

        await WritesAsync(member, "allowed", new(Unit, "case-officer"));
        await WritesAsync(member, "none", new(Unit, "colleague"));
        await WritesAsync(member, "none", new(OtherUnit, "case-officer"));
    }

    [Fact]
    public async Task Every_query_asks_for_the_right_by_itself_where_row_security_does_not_bind()
    {
        await using var db = new ReferralsDb(new DbContextOptionsBuilder<ReferralsDb>().UseNpgsql(walls.Host.Service.OwnerConnectionString).Options); // a superuser
        async Task OnlyAsync(Func<Caller, IQueryable<object>> query, Caller own, params Caller[] others)
        {
            Assert.NotEmpty(await query(own).AsNoTracking().ToListAsync(Cancellation));
            foreach (var other in others)
            {
                Assert.Empty(await query(other).AsNoTracking().ToListAsync(Cancellation));
            }
        }

        await OnlyAsync(caller => Casework.VisibleTo(db, caller).Where(each => each.Id == walls.Reviewed), By(Unit, "case-officer"), By(Unit, "colleague"), By(Unit, "ended-officer"), By(OtherUnit, "case-officer"), By(Trust, "referrer"));
        await OnlyAsync(caller => Casework.VisibleTo(db, caller).Where(each => each.Id == walls.Waiting), By(Unit, "any", Scopes.ReferralsTriage), By(Unit, "any", Scopes.ReferralsCasework), By(OtherUnit, "any", Scopes.ReferralsTriage));
        await OnlyAsync(caller => Casework.VisibleTo(db, caller).Where(each => each.Id == walls.HandedOver), By(OtherUnit, "new-case-officer"), By(Unit, "case-officer"));
        await OnlyAsync(caller => Casework.VisibleTo(db, caller).Where(each => each.Id == walls.Agreed), By(Unit, "case-officer"), By(OtherUnit, "new-case-officer"));
        await OnlyAsync(caller => db.Referrals.OfUnitNow(caller).Where(each => each.Id == walls.HandedOver), By(OtherUnit, "any"), By(Unit, "any"));
        await OnlyAsync(caller => Casework.ProposedTo(db, caller).Where(each => each.Id == walls.Proposed), By(OtherUnit, "any"), By(Unit, "any"), By(Third, "any"));
        await OnlyAsync(caller => Casework.ProposedTo(db, caller).Where(each => each.Id == walls.Agreed), By(OtherUnit, "any"), By(Unit, "any"), By(Third, "any"));
        Assert.Empty(await Casework.ProposedTo(db, By(OtherUnit, "any")).Where(each => each.Id == walls.Refused || each.Id == walls.HandedOver).ToListAsync(Cancellation));
        await OnlyAsync(caller => Casework.ReferredBy(db, caller).Where(each => each.Id == walls.Reviewed), By(Trust, "any"), By(Unit, "case-officer"), By(Third, "any"));
        await OnlyAsync(caller => DraftEndpoints.Own(db, caller), By(Trust, "drafter"), By(Trust, "referrer"), By(Unit, "drafter"));
        await OnlyAsync(caller => Referrals.ThreatNotices.ThreatNotices.Of(db, caller), By(Unit, "any"), By(OtherUnit, "any"));
        await OnlyAsync(
            caller => TransferCase.VisibleTo(db, caller).Where(each => each.ReferralId == walls.Refused), By(Unit, "transfer-coordinator"), By(Unit, "colleague"), By(OtherUnit, "receiver"), By(Third, "transfer-coordinator"));
        await OnlyAsync(caller => TransferCase.VisibleTo(db, caller).Where(each => each.ReferralId == walls.Proposed), By(OtherUnit, "receiver"), By(Unit, "colleague"), By(Third, "receiver"));
        await OnlyAsync(caller => TransferCase.VisibleTo(db, caller).Where(each => each.ReferralId == walls.Agreed), By(Unit, "case-officer"), By(Unit, "ended-officer"), By(Trust, "new-case-officer"));
        await walls.Host.RowsAsync("update transfer set bulk_transfer_id = $1 where referral_id in ($2, $3)", walls.Bulk, walls.Agreed, walls.HandedOver);
        await walls.Host.RowsAsync("update transfer set proposed_by = 'not-on-the-team' where referral_id = $1", walls.Agreed);
        await OnlyAsync(
            caller => TransferCase.VisibleTo(db, caller).Where(each => each.ReferralId == walls.Agreed), By(Unit, "case-officer"), By(Unit, "not-on-the-team"), By(OtherUnit, "receiver"), By(OtherUnit, "new-case-officer"));
        await OnlyAsync(caller => TransferCase.VisibleTo(db, caller).Where(each => each.ReferralId == walls.HandedOver), By(OtherUnit, "new-case-officer"), By(OtherUnit, "receiver"));
        await walls.Host.RowsAsync("update transfer set bulk_transfer_id = null, proposed_by = 'transfer-coordinator' where referral_id in ($1, $2)", walls.Agreed, walls.HandedOver);
        var load = (await BulkTransfers.FindAsync(db, By(Unit, "any"), walls.Bulk.ToString(), Cancellation))!;
        Assert.NotNull(await BulkTransfers.FindAsync(db, By(OtherUnit, "any"), walls.Bulk.ToString(), Cancellation));
        Assert.Null(await BulkTransfers.FindAsync(db, By(Third, "any"), walls.Bulk.ToString(), Cancellation));
        await OnlyAsync(caller => BulkTransfers.LinesFor(db, caller, load).Where(each => each.ReferralId == walls.Reviewed), By(Unit, "case-officer"), By(Unit, "colleague"), By(OtherUnit, "receiver"), By(OtherUnit, "new-case-officer"));
        await OnlyAsync(caller => BulkTransfers.LinesFor(db, caller, load).Where(each => each.ReferralId == walls.HandedOver), By(OtherUnit, "new-case-officer"), By(OtherUnit, "receiver"), By(Unit, "case-officer"));
        var own = await BreakGlassEndpoints.FindAsync(db, By(Unit, "night-officer"), walls.Access.ToString(), Cancellation);
        Assert.Null(await BreakGlassEndpoints.FindAsync(db, By(OtherUnit, "night-officer"), walls.Access.ToString(), Cancellation));
        Assert.Equal(
            [true, false, false],
            [own!.IsOpenTo("night-officer", DateTimeOffset.UtcNow), own.IsOpenTo("colleague", DateTimeOffset.UtcNow), own.IsOpenTo("night-officer", DateTimeOffset.UtcNow.AddMinutes(61))]);
        Assert.NotEmpty(await ListedAsync(By(Unit, "case-officer", Scopes.ReferralsCasework)));
        Assert.Empty(await ListedAsync(By(Unit, "ended-officer", Scopes.ReferralsCasework)));

        // What waits for any triage officer: with the unit that it is of at this instant, and nothing else of that unit.
        var (here, there) = (By(Unit, "any", Scopes.ReferralsTriage), By(OtherUnit, "any", Scopes.ReferralsTriage));
        Assert.Equal([[walls.Waiting], []], [await ListedAsync(here), await ListedAsync(there)]);
        await walls.Host.RowsAsync("update referral set receiving_unit = $1, effective_at = now() + interval '1 day' where id = $2", OtherUnit, walls.Waiting);
        Assert.Equal([[walls.Waiting], []], [await ListedAsync(here), await ListedAsync(there)]);
        await walls.Host.RowsAsync("update referral set effective_at = now() - interval '1 second' where id = $1", walls.Waiting);
        Assert.Equal([[], [walls.Waiting]], [await ListedAsync(here), await ListedAsync(there)]);
        await walls.Host.RowsAsync("update referral set receiving_unit = null, effective_at = null where id = $1", walls.Waiting);

        async Task<List<Guid>> ListedAsync(Caller caller) => [.. Assert.IsType<WorklistPage>(Assert.IsAssignableFrom<IValueHttpResult>(
            await Worklist.HandleAsync(null, 100, caller, db, TimeProvider.System, Cancellation)).Value).Items.Select(item => item.Id)];
        static Caller By(Guid organisation, string actor, params string[] scopes) => new(organisation, actor, actor, scopes.ToHashSet());
    }

    private sealed record Who(Guid? Organisation, string Actor, string Purpose = WorkPurpose.Casework, string[]? Scopes = null, Guid? Case = null);

    private static string Of(Guid id) => $"referral where id = '{id}'";

    private async Task SeesAsync(string rows, bool sees, Who who)
    {
        await using var connection = await walls.Source.OpenConnectionAsync(Cancellation);
        await using var transaction = await ActAsync(connection, who);
#pragma warning disable CA2100 // One of the expressions above.
        await using var count = new NpgsqlCommand($"select count(*) from {rows}", connection);
#pragma warning restore CA2100
        var found = (long)(await count.ExecuteScalarAsync(Cancellation))!;
        Assert.True(found > 0 == sees, $"{rows}: {found} rows for {Text(who)}");
    }

    /// <summary>Tries a write and takes it back. What passes row security may still lack a column: its check comes first.</summary>
    private async Task WritesAsync(string sql, string expected, Who who)
    {
        await using var connection = await walls.Source.OpenConnectionAsync(Cancellation);
        await using var transaction = await ActAsync(connection, who);
#pragma warning disable CA2100 // One of the statements above.
        await using var write = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        string outcome;
        try
        {
            outcome = await write.ExecuteNonQueryAsync(Cancellation) > 0 ? "allowed" : "none";
        }
        catch (PostgresException exception)
        {
            outcome = exception.SqlState switch { PostgresErrorCodes.InsufficientPrivilege => "denied", PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.UniqueViolation => "allowed", _ => exception.MessageText };
        }

        Assert.True(outcome == expected, $"{sql}: {outcome} and not {expected} for {Text(who)}");
    }

    private static string Text(Who who) => $"{who.Organisation} {who.Actor} {who.Purpose} [{string.Join(' ', who.Scopes ?? [])}] {who.Case}";

    private static async Task<NpgsqlTransaction> ActAsync(NpgsqlConnection connection, Who who)
    {
        var transaction = await connection.BeginTransactionAsync(Cancellation);
        await using var act = new NpgsqlCommand(
            "select set_config('soc.organisation', $1, true), set_config('soc.actor', $2, true), set_config('soc.purpose', $3, true), set_config('soc.scopes', $4, true), set_config('soc.case', $5, true)", connection)
        {
            Parameters =
            {
                new() { Value = who.Organisation?.ToString() ?? "" }, new() { Value = who.Actor }, new() { Value = who.Purpose }, new() { Value = $" {string.Join(' ', who.Scopes ?? [])} " },
                new() { Value = who.Case?.ToString() ?? "" },
            },
        };
        await act.ExecuteNonQueryAsync(Cancellation);
        return transaction;
    }
}

/// <summary>Cases at every point where the walls differ, arranged over HTTP and, where time would have to pass, by the owner.</summary>
public sealed class Walls : IAsyncLifetime
{
    internal ReferralsHost Host { get; } = new() { Settings = new() { ["Referrals:Clocks:Poll"] = "1.00:00:00", ["Messaging:FactWindow"] = "20.00:00:00" } };

    internal NpgsqlDataSource Source { get; private set; } = null!;

    internal Guid Reviewed { get; private set; }

    internal Guid Waiting { get; private set; }

    internal Guid Proposed { get; private set; }

    internal Guid Refused { get; private set; }

    internal Guid Agreed { get; private set; }

    internal Guid HandedOver { get; private set; }

    internal Guid Draft { get; private set; }

    internal Guid Access { get; private set; }

    internal Guid Bulk { get; private set; }

    public async ValueTask InitializeAsync()
    {
        await Host.InitializeAsync();
        Source = NpgsqlDataSource.Create(Host.Service.ServiceConnectionString);
        Reviewed = Guid.Parse(await Host.CaseInAsync("in-review"));
        Waiting = Guid.Parse(await Host.CaseInAsync("submitted"));
        Proposed = Guid.Parse(await Host.CaseInAsync("transfer-proposed"));
        Agreed = Guid.Parse(await Host.CaseInAsync("transfer-accepted"));
        HandedOver = Guid.Parse(await Host.CaseInAsync("transfer-accepted"));
        var (id, etag) = await Host.ArriveAsync("transfer-proposed");
        Refused = Guid.Parse(id);
        await DoneAsync(Host.Receiver, id, "transfer-refusal", new { reason = "no-capacity" }, etag);
        using var drafter = Host.Service.As(Trust, "drafter", Scopes.ReferralsSubmit);
        Draft = Guid.Parse((await PostAsync(drafter, "/referrals/v1/drafts", Told()))["id"]);
        await PostAsync(Host.CaseOfficer, "/referrals/v1/threat-notices", new { kind = "disruption-notice", region = "NIR" });
        var reference = (await ReadAsync(Host.CaseOfficer, Reviewed.ToString()))["reference"];
        async Task<Guid> OpenAsync(string actor)
        {
            using var officer = Host.Service.As(Unit, actor, Scopes.ReferralsCasework);
            return Guid.Parse((await PostAsync(officer, "/referrals/v1/break-glass", new { reference, reason = "threat-to-life", text = "Synthetic.", immediateThreat = true }))["id"]);
        }

        Access = await OpenAsync("night-officer");
        var expired = await OpenAsync("late-officer");
        Bulk = Guid.Parse((await PostAsync(Host.TransferCoordinator, "/referrals/v1/bulk-transfers", new { toUnit = OtherUnit, reason = "capacity", effectiveAt = DateTimeOffset.UtcNow.AddDays(1) }))["id"]);
        await PostAsync(Host.Receiver, $"/referrals/v1/bulk-transfers/{Bulk}/acceptance", new { team = new[] { new { actor = "new-case-officer", role = "case-officer" } } });
        await Host.RowsAsync("update break_glass set expires_at = now() - interval '1 second' where id = $1", expired);
        await Host.RowsAsync("update referral set effective_at = now() - interval '1 second' where id = $1", HandedOver);
        await Host.RowsAsync("update transfer set effective_at = now() - interval '1 second' where referral_id = $1", HandedOver);
        await Host.RowsAsync("insert into case_member (id, unit, actor, role, added_by, since, until, referral_id) values (gen_random_uuid(), $1, 'ended-officer', 'case-officer', 'x', now(), now(), $2)", Unit, Reviewed);
        await Host.RowsAsync("insert into case_member (id, unit, actor, role, added_by, since, until, referral_id) values (gen_random_uuid(), $1, 'ended-officer', 'case-officer', 'x', now(), now(), $2)", Unit, Agreed);
        await Host.RowsAsync("insert into interim_protection (id, measures, officer, decided_at, case_version, referral_id) values (gen_random_uuid(), '{}', 'x', now(), 1, $1)", Reviewed);
        await Host.RowsAsync("insert into bulk_transfer_item (bulk_transfer_id, referral_id, reference, outcome, at) values ($1, $2, 'x', 'transfer.agreed', now()), ($1, $3, 'y', 'moved', now())", Bulk, Reviewed, HandedOver);
        await GetAsync(Host.Referrer, "/referrals/v1/updates");
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Host.DisposeAsync();
    }
}
