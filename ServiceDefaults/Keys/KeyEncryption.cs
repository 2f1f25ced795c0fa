using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Soc.ServiceDefaults;

/// <summary>
/// Wraps data keys under a key-encryption key that never leaves its provider: files of a folder on a developer's machine, a key management service in
/// production. Whoever holds only the database holds nothing that can be read.
/// </summary>
public abstract class KeyEncryption
{
    /// <summary>Wraps a data key under the current key-encryption key.</summary>
    /// <param name="key">The data key.</param>
    /// <param name="context">What the wrapped key belongs to, such as the id of a case; needed again to unwrap. Not secret.</param>
    /// <returns>The id of the key-encryption key, and the wrapped key. Store both.</returns>
    public abstract (string KeyId, byte[] Wrapped) Wrap(ReadOnlySpan<byte> key, ReadOnlySpan<byte> context);

    /// <summary>Unwraps a data key. The caller clears it after use.</summary>
    /// <param name="keyId">The id that came with it.</param>
    /// <param name="wrapped">The wrapped key.</param>
    /// <param name="context">The context it was wrapped with.</param>
    /// <returns>The data key.</returns>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// The key-encryption key is not there, or the wrapped key or the context is not what was wrapped.
    /// </exception>
    public abstract byte[] Unwrap(string keyId, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> context);
}

/// <summary>Registers the key encryption.</summary>
public static class KeyEncryptionExtensions
{
    /// <summary>
    /// Adds <see cref="KeyEncryption"/> over the folder <c>KeyEncryption:Directory</c>. A process that serves does not start without a key in it. The
    /// migration step, which gets <c>KeyEncryption:CreateWhenEmpty</c>, makes the first key when it asks the container for <see cref="KeyEncryption"/>.
    /// </summary>
    /// <param name="builder">The application's builder.</param>
    /// <returns>The same builder.</returns>
    public static WebApplicationBuilder AddKeyEncryption(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<KeyEncryption>(provider =>
        {
            var settings = provider.GetRequiredService<IConfiguration>().GetSection("KeyEncryption");
            return new FileKeyEncryption(
                settings["Directory"] ?? throw new InvalidOperationException("KeyEncryption:Directory is not configured."),
                settings.GetValue("CreateWhenEmpty", defaultValue: false), provider.GetRequiredService<TimeProvider>());
        });
        builder.Services.AddHostedService<KeyEncryptionCheck>();
        return builder;
    }

    /// <summary>Resolving the keys reads them: a process without them fails at its start, not at the first referral.</summary>
    private sealed class KeyEncryptionCheck(KeyEncryption keys) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(keys);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
