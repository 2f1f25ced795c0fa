using System.Security.Cryptography;
using Soc.Partners.Clients;
using Soc.Partners.Organisations;

namespace Soc.Partners.Tests.Rules;

public sealed class CredentialRules
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly CredentialSettings Settings = new();

    [Theory]
    [InlineData(null, null, null, 0, 365, 14)]
    [InlineData(0, 365, 14, 0, 365, 14)]
    [InlineData(-5, null, 0, 0, 365, 0)] // a not-before in the past is now
    [InlineData(10, null, 3, 10, 375, 3)]
    [InlineData(10, 11, null, 10, 11, 14)]
    [InlineData(null, 366, null, null, null, null)]
    [InlineData(10, 376, null, null, null, null)]
    [InlineData(366, null, null, null, null, null)]
    [InlineData(10, 10, null, null, null, null)]
    [InlineData(null, -1, null, null, null, null)]
    [InlineData(null, null, 15, null, null, null)]
    [InlineData(null, null, -1, null, null, null)]
    public void A_key_lives_at_most_a_year_and_overlaps_at_most_fourteen_days(int? notBefore, int? expires, int? overlap, int? from, int? until, int? overlapDays)
    {
        var terms = Settings.TermsOf(In(notBefore), In(expires), overlap, Now);

        Assert.Equal(from is null ? null : new KeyTerms(Now.AddDays(from.Value), Now.AddDays(until!.Value), TimeSpan.FromDays(overlapDays!.Value)), terms);
    }

    [Fact]
    public void The_first_key_is_retiring_from_the_registration_of_the_second_and_ends_with_the_overlap()
    {
        var client = Client();
        var second = client.AddKey(Key(), Settings.TermsOf(Now.AddDays(3), null, 10, Now)!, Now, null);

        Assert.NotNull(second.Event);
        Assert.Equal(["retiring", "pending"], Statuses(client, Now));
        Assert.Equal(["retiring", "active"], Statuses(client, Now.AddDays(3)));
        Assert.Equal(["retiring", "active"], Statuses(client, Now.AddDays(13).AddTicks(-1)));
        Assert.Equal(["expired", "active"], Statuses(client, Now.AddDays(13)));
        Assert.Equal(["expired", "expired"], Statuses(client, Now.AddDays(368)));
    }

    [Fact]
    public void A_third_key_is_refused_until_one_of_two_has_ended_by_itself_or_been_revoked()
    {
        var client = Client();
        client.AddKey(Key(), Settings.TermsOf(null, null, 5, Now)!, Now, null);

        Assert.Equal(PartnersProblems.ClientTwoKeys, client.AddKey(Key(), Terms(Now), Now, null).Refusal);
        Assert.Equal(PartnersProblems.ClientTwoKeys, client.AddKey(Key(), Terms(Now), Now.AddDays(5).AddTicks(-1), null).Refusal);
        Assert.NotNull(client.AddKey(Key(), Terms(Now.AddDays(5)), Now.AddDays(5), null).Event);
        Assert.NotNull(client.RevokeKey(client.Keys[1].KeyId, "superseded", Now.AddDays(5)).Event);
        Assert.NotNull(client.AddKey(Key(), Terms(Now.AddDays(5)), Now.AddDays(5), null).Event);
        Assert.Equal(["expired", "revoked", "retiring", "active"], Statuses(client, Now.AddDays(5)));
    }

    [Fact]
    public void A_later_successor_never_lengthens_the_life_of_a_retiring_key()
    {
        var client = Client();
        client.AddKey(Key(), Settings.TermsOf(null, null, 2, Now)!, Now, null);
        client.RevokeKey(client.Keys[1].KeyId, "superseded", Now);
        client.AddKey(Key(), Terms(Now), Now, null);

        Assert.Equal(Now.AddDays(2), client.Keys[0].EndsAt);
    }

    [Fact]
    public void An_ended_key_cannot_be_revoked_and_a_revoked_one_stays_so()
    {
        var client = Client();
        Assert.NotNull(client.RevokeKey(client.Keys[0].KeyId, "key-compromise", Now).Event);
        Assert.Equal(PartnersProblems.ClientKeyNotFound, client.RevokeKey(client.Keys[0].KeyId, "superseded", Now).Refusal);
        Assert.Equal(["revoked"], Statuses(client, Now.AddDays(400)));
        Assert.Equal(PartnersProblems.ClientKeyNotFound, Client().RevokeKey("another", "superseded", Now).Refusal);
    }

    [Theory]
    [InlineData(365, null, 335, 30)]
    [InlineData(365, null, 334, null)]
    [InlineData(365, 30, 336, null)] // each once
    [InlineData(365, 30, 358, 7)]
    [InlineData(365, 7, 363, null)]
    [InlineData(365, 7, 364, 1)]
    [InlineData(365, 1, 364, null)]
    [InlineData(365, null, 364, 1)] // what was missed is not made up for
    [InlineData(365, null, 365, null)] // it has expired: too late to warn
    [InlineData(30, null, 0, null)] // whoever asked for thirty days knows
    [InlineData(30, null, 23, 7)]
    [InlineData(5, null, 1, null)]
    [InlineData(5, null, 4, 1)]
    [InlineData(1, null, 0, null)]
    public void Warnings_come_30_7_and_1_days_before_the_end_each_once(int life, int? warned, int day, int? expected) =>
        Assert.Equal(expected, Credentials.WarningDue(Now, Now.AddDays(life), warned, Now.AddDays(day)));

    [Fact]
    public void A_key_that_has_a_successor_needs_no_warning_and_the_versions_of_warnings_have_no_gap()
    {
        var client = Client();
        Assert.Equal([(30, 2L)], client.Warn(Now.AddDays(340)).Select(each => (each.Event.Days, each.EventVersion)));
        Assert.Empty(client.Warn(Now.AddDays(340)));
        Assert.Equal([(7, 3L)], client.Warn(Now.AddDays(360)).Select(each => (each.Event.Days, each.EventVersion)));
        client.AddKey(Key(), Terms(Now.AddDays(360)), Now.AddDays(360), null);
        Assert.Empty(client.Warn(Now.AddDays(364.5)));
        Assert.Equal(4, client.EventVersion);
    }

    [Fact]
    public void A_client_whose_last_key_is_retiring_is_warned_of_that_end_and_not_of_a_later_one()
    {
        var client = Client();
        client.AddKey(Key(), Settings.TermsOf(null, null, 10, Now)!, Now, null);
        Assert.Empty(client.Warn(Now.AddDays(4)));
        client.RevokeKey(client.Keys[1].KeyId, "key-compromise", Now.AddDays(4));

        Assert.Equal([7], client.Warn(Now.AddDays(4)).Select(each => each.Event.Days));
        Assert.Equal([1], client.Warn(Now.AddDays(9)).Select(each => each.Event.Days));
    }

    [Theory]
    [InlineData(true, false, null)]
    [InlineData(true, true, "client.secret-sandbox-only")]
    [InlineData(false, false, "client.secret-sandbox-only")]
    public void Only_a_sandbox_client_of_an_organisation_that_is_not_live_has_secrets(bool sandbox, bool live, string? refusal)
    {
        var standing = live ? OrganisationStatus.Live : OrganisationStatus.Approved;
        var client = Client(sandbox);

        Assert.Equal(refusal, client.AddSecret(Secret(client), standing, Now).Refusal?.Code);
        Assert.Equal(refusal is null ? 1 : 0, client.Secrets.Count);
    }

    [Fact]
    public void A_client_has_at_most_two_secrets_and_two_certificates_at_once()
    {
        var client = Client(sandbox: true);
        Assert.All((int[])[1, 2], _ => Assert.NotNull(client.AddSecret(Secret(client), OrganisationStatus.Approved, Now).Event));
        Assert.Equal(PartnersProblems.ClientTwoSecrets, client.AddSecret(Secret(client), OrganisationStatus.Approved, Now).Refusal);
        Assert.NotNull(client.AddSecret(Secret(client), OrganisationStatus.Approved, Now.AddDays(30)).Event);
        Assert.NotNull(client.AddCertificate("0123456789abcdef-a").Event);
        Assert.Equal(PartnersProblems.ClientCertificateKnown, client.AddCertificate("0123456789abcdef-a").Refusal);
        Assert.NotNull(client.AddCertificate("0123456789abcdef-b").Event);
        Assert.Equal(PartnersProblems.ClientTwoCertificates, client.AddCertificate("0123456789abcdef-c").Refusal);
    }

    [Fact]
    public void A_client_stays_bound_when_its_last_certificate_is_revoked()
    {
        var client = Client();
        Assert.False(client.CertificateBound);
        client.AddCertificate("0123456789abcdef-a");
        client.RevokeCertificate("0123456789abcdef-a", "superseded");

        Assert.True(client.CertificateBound);
        Assert.Empty(client.Certificates);
    }

    [Fact]
    public void A_secret_matches_itself_alone_and_is_not_in_what_is_kept()
    {
        var (kept, shown) = ClientSecret.New("a-client", TimeSpan.FromDays(30), Now);
        var (other, _) = ClientSecret.New("a-client", TimeSpan.FromDays(30), Now);

        Assert.StartsWith("soc_sandbox_", shown, StringComparison.Ordinal);
        Assert.True(ClientSecret.Matches(shown, kept.Salt, kept.Hash));
        Assert.False(ClientSecret.Matches(shown, other.Salt, other.Hash));
        Assert.False(ClientSecret.Matches(shown, other.Salt, kept.Hash));
        Assert.False(ClientSecret.Matches(shown + "x", kept.Salt, kept.Hash));
        Assert.NotEqual(kept.Hash, SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(shown)));
    }

    [Fact]
    public void Of_a_key_set_two_keys_count_and_one_that_left_it_never_comes_back()
    {
        var (a, b, c) = (Key(), Key(), Key());
        var (client, _) = ApiClient.Register("a-client", Guid.NewGuid(), [], sandbox: false, null, Terms(Now), Now, null, new Uri("https://partner.example/keys"));

        Assert.Equal(2, client.ReadKeySet([a, b, c], Terms(Now), Now)!.Count);
        Assert.Equal([a.KeyId, b.KeyId], client.Keys.Select(key => key.KeyId));
        Assert.Null(client.ReadKeySet([a, b, c], Terms(Now), Now));
        Assert.Single(client.ReadKeySet([b, c], Terms(Now), Now)!);
        Assert.Equal(["expired", "retiring", "active"], Statuses(client, Now));
        Assert.Null(client.ReadKeySet([a, b, c], Terms(Now), Now));
        Assert.Empty(client.ReadKeySet([], Terms(Now), Now)!);
        Assert.Equal(["expired", "expired", "expired"], Statuses(client, Now));
    }

    [Fact]
    public void Who_uses_a_key_set_registers_no_keys_and_loses_those_of_the_set_with_it()
    {
        var client = Client();
        client.UseKeySet(new Uri("https://partner.example/keys"));
        client.ReadKeySet([Key()], Terms(Now), Now);

        Assert.Equal(PartnersProblems.ClientKeySet, client.AddKey(Key(), Terms(Now), Now, null).Refusal);
        Assert.NotNull(client.RevokeKeySet("key-compromise", Now).Event);
        Assert.Equal(["retiring", "revoked"], Statuses(client, Now));
        Assert.Equal(PartnersProblems.ClientKeyNotFound, client.RevokeKeySet("key-compromise", Now).Refusal);
    }

    private static DateTimeOffset? In(int? days) => days is null ? null : Now.AddDays(days.Value);

    private static KeyTerms Terms(DateTimeOffset now) => Settings.TermsOf(null, null, null, now)!;

    private static ApiClient Client(bool sandbox = false) => ApiClient.Register("a-client", Guid.NewGuid(), [], sandbox, Key(), Terms(Now), Now, null).Client;

    private static ClientSecret Secret(ApiClient client) => ClientSecret.New(client.Id, TimeSpan.FromDays(30), Now).Kept;

    private static PublicKey Key()
    {
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return PublicKey.Of(pair);
    }

    private static IEnumerable<string> Statuses(ApiClient client, DateTimeOffset at) => client.Keys.Select(key => key.StatusAt(at));
}
