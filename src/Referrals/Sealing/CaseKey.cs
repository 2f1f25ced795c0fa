using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Soc.Referrals.Sealing;

/// <summary>
/// The data key of one case in the clear, for as long as a request needs it. Seals each field with AES-256-GCM under a fresh random nonce; the
/// additional data binds case, field and version, so that a sealed value moved to another case, field or version does not open.
/// </summary>
internal sealed class CaseKey(Guid referral, byte[] key) : IDisposable
{
    /// <summary>The first byte of a sealed value: which layout follows (nonce, tag, ciphertext).</summary>
    private const byte Layout = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int Overhead = 1 + NonceLength + TagLength;

    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(32);

    public SealedField Seal(string field, long version, string text)
    {
        var plaintext = Encoding.UTF8.GetBytes(text);
        var content = new byte[Overhead + plaintext.Length];
        content[0] = Layout;
        var nonce = content.AsSpan(1, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plaintext, content.AsSpan(Overhead), content.AsSpan(1 + NonceLength, TagLength), AdditionalData(field, version));
        CryptographicOperations.ZeroMemory(plaintext);
        return new SealedField(referral, field, version, content);
    }

    /// <exception cref="CryptographicException">The value was changed, or belongs to another case, field, version or key.</exception>
    public string Open(SealedField value)
    {
        var content = value.Content.AsSpan();
        if (content.Length < Overhead || content[0] != Layout)
        {
            throw new CryptographicException("Not a sealed value of a known layout.");
        }

        var plaintext = new byte[content.Length - Overhead];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(content.Slice(1, NonceLength), content[Overhead..], content.Slice(1 + NonceLength, TagLength), plaintext, AdditionalData(value.Field, value.Version));
        var text = Encoding.UTF8.GetString(plaintext);
        CryptographicOperations.ZeroMemory(plaintext);
        return text;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(key);

    // Fixed-length parts before the field's name, so that no two different triples give the same bytes.
    private byte[] AdditionalData(string field, long version)
    {
        var data = new byte[1 + 16 + 8 + Encoding.UTF8.GetByteCount(field)];
        data[0] = Layout;
        referral.TryWriteBytes(data.AsSpan(1), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(data.AsSpan(17), version);
        Encoding.UTF8.GetBytes(field, data.AsSpan(25));
        return data;
    }
}
