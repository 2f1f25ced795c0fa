using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Soc.ServiceDefaults;

/// <summary>
/// Key-encryption keys as files <c>&lt;id&gt;.key</c> of 32 random bytes in base64, which only their owner (and in Kubernetes the pod's group) may read.
/// The highest id by ordinal order is current; older ones go on unwrapping. A new file is noticed within a minute.
/// Wrapped form: 12 bytes nonce, ciphertext, 16 bytes tag, AES-256-GCM with the key's id and the context as additional data.
/// </summary>
internal sealed class FileKeyEncryption : KeyEncryption
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(1);

    private readonly string directory;
    private readonly TimeProvider time;
    private volatile KeyRing ring;

    public FileKeyEncryption(string directory, bool createWhenEmpty, TimeProvider time)
    {
        (this.directory, this.time) = (directory, time);
        if (createWhenEmpty)
        {
            CreateWhenEmpty(directory, time);
        }

        ring = Read();
    }

    public override (string KeyId, byte[] Wrapped) Wrap(ReadOnlySpan<byte> key, ReadOnlySpan<byte> context)
    {
        var now = Fresh();
        var wrapped = new byte[NonceBytes + key.Length + TagBytes];
        var nonce = wrapped.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(now.Keys[now.Current], TagBytes);
        aes.Encrypt(nonce, key, wrapped.AsSpan(NonceBytes, key.Length), wrapped.AsSpan(NonceBytes + key.Length), Bound(now.Current, context));
        return (now.Current, wrapped);
    }

    public override byte[] Unwrap(string keyId, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> context)
    {
        ArgumentNullException.ThrowIfNull(keyId);
        if (wrapped.Length < NonceBytes + TagBytes)
        {
            throw new CryptographicException("The wrapped key is too short.");
        }

        if (!ring.Keys.TryGetValue(keyId, out var wrapping) && !(ring = Read()).Keys.TryGetValue(keyId, out wrapping))
        {
            throw new CryptographicException("The key-encryption key is not there.");
        }

        var key = new byte[wrapped.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(wrapping, TagBytes);
        aes.Decrypt(wrapped[..NonceBytes], wrapped[NonceBytes..^TagBytes], wrapped[^TagBytes..], key, Bound(keyId, context));
        return key;
    }

    /// <summary>The length before the id keeps ("ab", "c") and ("a", "bc") apart.</summary>
    private static byte[] Bound(string keyId, ReadOnlySpan<byte> context) =>
        [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"soc-key-v1:{keyId.Length}:{keyId}:")), .. context];

    private static void CreateWhenEmpty(string directory, TimeProvider time)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        // Migration steps of two services may come at the same time: the lock file makes one of them the creator.
        using var only = Locked(Path.Combine(directory, ".lock"));
        if (Directory.EnumerateFiles(directory, "*.key").Any())
        {
            return;
        }

        var id = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var unfinished = Path.Combine(directory, id + ".new");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(unfinished, options))
        {
            file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes))));
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, Path.Combine(directory, id + ".key"));
    }

    private static FileStream Locked(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(20);
            }
        }
    }

    private static byte[] ReadKey(string path)
    {
        var file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
        {
            throw new CryptographicException("A key-encryption key may be read by everybody: make its file's mode 0600.");
        }

        var key = new byte[KeyBytes];
        if (!Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length) || length != KeyBytes)
        {
            throw new CryptographicException($"A key-encryption key is not {KeyBytes} bytes in base64.");
        }

        return key;
    }

    private KeyRing Fresh()
    {
        var known = ring;
        return time.GetElapsedTime(known.ReadAt) < LookAgainAfter ? known : ring = Read();
    }

    private KeyRing Read()
    {
        var keys = Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, "*.key").ToFrozenDictionary(path => Path.GetFileNameWithoutExtension(path), ReadKey, StringComparer.Ordinal)
            : FrozenDictionary<string, byte[]>.Empty;
        return keys.Count > 0
            ? new(keys, keys.Keys.Max(StringComparer.Ordinal)!, time.GetTimestamp())
            : throw new CryptographicException("There is no key-encryption key in KeyEncryption:Directory: the migration step makes the first one.");
    }

    private sealed record KeyRing(FrozenDictionary<string, byte[]> Keys, string Current, long ReadAt);
}
