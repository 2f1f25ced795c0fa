using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Soc.ServiceDefaults.Tests.Keys;

[UnsupportedOSPlatform("windows")]
public sealed class FileKeyEncryptionTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("soc-keys-").FullName;
    private readonly byte[] dataKey = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] context = Guid.CreateVersion7().ToByteArray();

    [Fact]
    public void A_wrapped_key_unwraps_with_the_same_context_in_another_process()
    {
        var (id, wrapped) = Open(createWhenEmpty: true).Wrap(dataKey, context);

        Assert.Equal(dataKey, Open().Unwrap(id, wrapped, context));
        Assert.Equal(-1, wrapped.AsSpan().IndexOf(dataKey));
    }

    [Fact]
    public void Two_wrappings_of_one_key_differ()
    {
        var keys = Open(createWhenEmpty: true);
        Assert.NotEqual(keys.Wrap(dataKey, context).Wrapped, keys.Wrap(dataKey, context).Wrapped);
    }

    [Fact]
    public void No_altered_byte_unwraps()
    {
        var keys = Open(createWhenEmpty: true);
        var (id, wrapped) = keys.Wrap(dataKey, context);
        for (var i = 0; i < wrapped.Length; i++)
        {
            wrapped[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => keys.Unwrap(id, wrapped, context));
            wrapped[i] ^= 1;
        }

        for (var length = 0; length < wrapped.Length; length++)
        {
            Assert.ThrowsAny<CryptographicException>(() => keys.Unwrap(id, wrapped.AsSpan(0, length), context));
        }
    }

    [Fact]
    public void Another_context_does_not_unwrap()
    {
        var keys = Open(createWhenEmpty: true);
        var (id, wrapped) = keys.Wrap(dataKey, context);
        Assert.ThrowsAny<CryptographicException>(() => keys.Unwrap(id, wrapped, Guid.CreateVersion7().ToByteArray()));
        Assert.ThrowsAny<CryptographicException>(() => keys.Unwrap(id, wrapped, []));
        Assert.ThrowsAny<CryptographicException>(() => keys.Unwrap("unknown", wrapped, context));
    }

    [Fact]
    public void After_rotation_the_new_key_wraps_and_the_old_one_still_unwraps()
    {
        var before = Open(createWhenEmpty: true);
        var (oldId, oldWrapped) = before.Wrap(dataKey, context);
        WriteKey("99991231T000000Z", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

        var after = Open();
        var (newId, newWrapped) = after.Wrap(dataKey, context);

        Assert.Equal("99991231T000000Z", newId);
        Assert.Equal(dataKey, after.Unwrap(oldId, oldWrapped, context));
        // A process that was running before the rotation finds the new key when it meets its id.
        Assert.Equal(dataKey, before.Unwrap(newId, newWrapped, context));
    }

    [Fact]
    public void Without_a_key_nothing_is_made_unless_asked_for()
    {
        Assert.Throws<CryptographicException>(() => Open());
        Assert.Empty(Directory.GetFiles(directory, "*.key"));
    }

    [Fact]
    public void A_key_is_made_once_and_only_its_owner_may_read_it()
    {
        Parallel.For(0, 8, _ => Open(createWhenEmpty: true));

        var file = Assert.Single(Directory.GetFiles(directory, "*.key"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Theory]
    [InlineData("")]
    [InlineData("c2hvcnQ=")]
    [InlineData("not base64")]
    public void A_file_that_is_not_a_key_is_refused(string content)
    {
        WriteKey("20260101T000000Z", content);
        Assert.Throws<CryptographicException>(() => Open());
    }

    [Fact]
    public void A_key_that_everybody_may_read_is_refused()
    {
        WriteKey("20260101T000000Z", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        File.SetUnixFileMode(Path.Combine(directory, "20260101T000000Z.key"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Throws<CryptographicException>(() => Open());
    }

    [Fact]
    public void A_key_behind_a_symbolic_link_is_judged_by_the_file_it_names()
    {
        // This is how Kubernetes mounts a secret.
        var id = Open(createWhenEmpty: true).Wrap(dataKey, context).KeyId;
        var mounted = Directory.CreateDirectory(Path.Combine(directory, "mounted")).FullName;
        File.CreateSymbolicLink(Path.Combine(mounted, id + ".key"), Path.Combine(directory, id + ".key"));

        Assert.Equal(id, new FileKeyEncryption(mounted, createWhenEmpty: false, TimeProvider.System).Wrap(dataKey, context).KeyId);
    }

    [Fact]
    public async Task A_process_without_a_key_does_not_start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("KeyEncryption:Directory", directory), new("urls", "http://127.0.0.1:0")]);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddKeyEncryption();
        await using var app = builder.Build();
        await Assert.ThrowsAsync<CryptographicException>(() => app.StartAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private FileKeyEncryption Open(bool createWhenEmpty = false) => new(directory, createWhenEmpty, TimeProvider.System);

    private void WriteKey(string id, string content)
    {
        var path = Path.Combine(directory, id + ".key");
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
