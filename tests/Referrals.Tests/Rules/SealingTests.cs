using System.Security.Cryptography;
using Soc.Referrals.Sealing;

namespace Soc.Referrals.Tests.Rules;

public sealed class SealingTests : IDisposable
{
    private const string Text = "Zoë Example-Person \U0001F512 अ";
    private readonly Guid referral = Guid.CreateVersion7();
    private readonly byte[] bytes = CaseKey.NewKey();
    private readonly CaseKey key;

    public SealingTests() => key = new CaseKey(referral, bytes);

    public void Dispose() => key.Dispose();

    [Fact]
    public void A_sealed_field_opens_to_what_was_told()
    {
        Assert.Equal(Text, key.Open(key.Seal(SealedFields.Name, 1, Text)));
    }

    [Fact]
    public void Sealing_the_same_text_twice_gives_two_ciphertexts()
    {
        Assert.NotEqual(key.Seal(SealedFields.Name, 1, Text).Content, key.Seal(SealedFields.Name, 1, Text).Content);
    }

    [Fact]
    public void Any_changed_byte_makes_it_unreadable()
    {
        var value = key.Seal(SealedFields.Name, 1, Text);
        for (var index = 0; index < value.Content.Length; index++)
        {
            var changed = (byte[])value.Content.Clone();
            changed[index] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => key.Open(new SealedField(referral, SealedFields.Name, 1, changed)));
        }
    }

    [Fact]
    public void Any_truncation_makes_it_unreadable()
    {
        var content = key.Seal(SealedFields.Name, 1, Text).Content;
        for (var length = 0; length < content.Length; length++)
        {
            Assert.ThrowsAny<CryptographicException>(() => key.Open(new SealedField(referral, SealedFields.Name, 1, content[..length])));
        }
    }

    [Fact]
    public void A_value_moved_to_another_field_or_version_does_not_open()
    {
        var content = key.Seal(SealedFields.Name, 1, Text).Content;

        Assert.ThrowsAny<CryptographicException>(() => key.Open(new SealedField(referral, SealedFields.Contact, 1, content)));
        Assert.ThrowsAny<CryptographicException>(() => key.Open(new SealedField(referral, SealedFields.Name, 2, content)));
    }

    [Fact]
    public void A_value_moved_to_another_case_does_not_open_even_under_the_same_key()
    {
        var content = key.Seal(SealedFields.Name, 1, Text).Content;
        var other = Guid.CreateVersion7();
        using var sameKey = new CaseKey(other, (byte[])bytes.Clone());

        Assert.ThrowsAny<CryptographicException>(() => sameKey.Open(new SealedField(other, SealedFields.Name, 1, content)));
    }

    [Fact]
    public void Disposing_of_the_key_clears_it()
    {
        key.Dispose();

        Assert.All(bytes, each => Assert.Equal(0, each));
    }
}
