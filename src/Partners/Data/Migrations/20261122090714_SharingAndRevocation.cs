using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Soc.Partners.Data.Migrations
{
    /// <inheritdoc />
    public partial class SharingAndRevocation : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "call_count",
                columns: table => new
                {
                    organisation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    service = table.Column<string>(type: "text", nullable: false),
                    route = table.Column<string>(type: "text", nullable: false),
                    status_class = table.Column<short>(type: "smallint", nullable: false),
                    calls = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_call_count", x => new { x.organisation_id, x.day, x.service, x.route, x.status_class });
                });

            migrationBuilder.CreateTable(
                name: "call_count_batch",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_call_count_batch", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "cut_off_reader",
                columns: table => new
                {
                    process = table.Column<string>(type: "text", nullable: false),
                    applied = table.Column<string>(type: "text", nullable: true),
                    seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_cut_off_reader", x => x.process);
                });

            migrationBuilder.CreateTable(
                name: "disclosure",
                columns: table => new
                {
                    sequence = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    organisation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    data_category = table.Column<string>(type: "text", nullable: false),
                    items = table.Column<int>(type: "integer", nullable: false),
                    agreement_id = table.Column<Guid>(type: "uuid", nullable: true),
                    sharing_group_id = table.Column<Guid>(type: "uuid", nullable: true),
                    hour = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_disclosure", x => x.sequence);
                });

            migrationBuilder.CreateTable(
                name: "revocation_order",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    organisation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    cause = table.Column<string>(type: "text", nullable: false),
                    agreement_id = table.Column<Guid>(type: "uuid", nullable: true),
                    sharing_group_id = table.Column<Guid>(type: "uuid", nullable: true),
                    revoked_key = table.Column<string>(type: "text", nullable: true),
                    issued_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    due_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    status = table.Column<string>(type: "text", nullable: false),
                    enforced_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    overdue_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    acknowledgement_action = table.Column<string>(type: "text", nullable: true),
                    acknowledgement_retention_basis = table.Column<string>(type: "text", nullable: true),
                    acknowledgement_document_reference = table.Column<string>(type: "text", nullable: true),
                    acknowledgement_from_letter = table.Column<bool>(type: "boolean", nullable: true),
                    acknowledgement_recorded_by = table.Column<string>(type: "text", nullable: true),
                    acknowledgement_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    event_version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_revocation_order", x => x.id);
                    table.ForeignKey(
                        name: "FK_revocation_order_organisation_organisation_id",
                        column: x => x.organisation_id,
                        principalTable: "organisation",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sharing_group",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    purpose = table.Column<string>(type: "text", nullable: false),
                    agreement_id = table.Column<Guid>(type: "uuid", nullable: false),
                    formed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    event_version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sharing_group", x => x.id);
                    table.ForeignKey(
                        name: "FK_sharing_group_agreement_agreement_id",
                        column: x => x.agreement_id,
                        principalTable: "agreement",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "share",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    sharing_group_id = table.Column<Guid>(type: "uuid", nullable: false),
                    sender_id = table.Column<Guid>(type: "uuid", nullable: false),
                    reference = table.Column<string>(type: "text", nullable: false),
                    data_category = table.Column<string>(type: "text", nullable: false),
                    marking = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    members = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    membership_text = table.Column<string>(type: "text", nullable: false),
                    membership_hash = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_share", x => x.id);
                    table.ForeignKey(
                        name: "FK_share_sharing_group_sharing_group_id",
                        column: x => x.sharing_group_id,
                        principalTable: "sharing_group",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sharing_group_membership",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    sharing_group_id = table.Column<Guid>(type: "uuid", nullable: false),
                    organisation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    from = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    beginning_told = table.Column<bool>(type: "boolean", nullable: false),
                    end_told = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sharing_group_membership", x => x.id);
                    table.ForeignKey(
                        name: "FK_sharing_group_membership_organisation_organisation_id",
                        column: x => x.organisation_id,
                        principalTable: "organisation",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "FK_sharing_group_membership_sharing_group_sharing_group_id",
                        column: x => x.sharing_group_id,
                        principalTable: "sharing_group",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_call_count_batch_received_at",
                table: "call_count_batch",
                column: "received_at");

            migrationBuilder.CreateIndex(
                name: "IX_disclosure_organisation_id_hour_sequence",
                table: "disclosure",
                columns: new[] { "organisation_id", "hour", "sequence" });

            migrationBuilder.CreateIndex(
                name: "IX_revocation_order_due_at",
                table: "revocation_order",
                column: "due_at",
                filter: "overdue_at is null and acknowledgement_at is null");

            migrationBuilder.CreateIndex(
                name: "IX_revocation_order_organisation_id",
                table: "revocation_order",
                column: "organisation_id");

            migrationBuilder.CreateIndex(
                name: "ix_revocation_order_unenforced",
                table: "revocation_order",
                column: "issued_at",
                filter: "enforced_at is null");

            migrationBuilder.CreateIndex(
                name: "IX_share_sharing_group_id",
                table: "share",
                column: "sharing_group_id");

            migrationBuilder.CreateIndex(
                name: "IX_sharing_group_agreement_id",
                table: "sharing_group",
                column: "agreement_id");

            migrationBuilder.CreateIndex(
                name: "ix_sharing_group_membership_beginnings",
                table: "sharing_group_membership",
                column: "from",
                filter: "not beginning_told");

            migrationBuilder.CreateIndex(
                name: "ix_sharing_group_membership_ends",
                table: "sharing_group_membership",
                column: "until",
                filter: "not end_told and until is not null");

            migrationBuilder.CreateIndex(
                name: "IX_sharing_group_membership_organisation_id",
                table: "sharing_group_membership",
                column: "organisation_id");

            migrationBuilder.CreateIndex(
                name: "IX_sharing_group_membership_sharing_group_id",
                table: "sharing_group_membership",
                column: "sharing_group_id");

            // btree_gist is a trusted extension (PostgreSQL 13 and newer): the database's owner, who runs this, may create it and need not be a superuser.
            // It lets one index hold uuids for equality beside a range.
            migrationBuilder.Sql(
                """
                create extension if not exists btree_gist;
                alter table sharing_group_membership
                    add constraint ck_sharing_group_membership_period check (until is null or until >= "from"),
                    add constraint ex_sharing_group_membership_overlap exclude using gist (
                        sharing_group_id with =, organisation_id with =, tstzrange("from", until) with &&);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "call_count");

            migrationBuilder.DropTable(
                name: "call_count_batch");

            migrationBuilder.DropTable(
                name: "cut_off_reader");

            migrationBuilder.DropTable(
                name: "disclosure");

            migrationBuilder.DropTable(
                name: "revocation_order");

            migrationBuilder.DropTable(
                name: "share");

            migrationBuilder.DropTable(
                name: "sharing_group_membership");

            migrationBuilder.DropTable(
                name: "sharing_group");
        }
    }
}
