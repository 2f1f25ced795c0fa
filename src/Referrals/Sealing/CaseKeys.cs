using System.Security.Cryptography;
using Soc.ServiceDefaults;

namespace Soc.Referrals.Sealing;

/// <summary>Makes and opens the data keys of cases, wrapped by the platform's key-encryption key with the case as context.</summary>
internal sealed class CaseKeys(KeyEncryption keyEncryption)
{
    /// <summary>A new key for a case, and the row that keeps it.</summary>
    public CaseKey Create(Guid referralId, out DataKey row)
    {
        var key = CaseKey.NewKey();
        var (wrappedBy, wrapped) = keyEncryption.Wrap(key, referralId.ToByteArray(bigEndian: true));
        row = new DataKey(referralId, wrappedBy, wrapped);
        return new CaseKey(referralId, key);
    }

    /// <exception cref="CryptographicException">The wrapped key was changed, belongs to another case, or its key-encryption key is not there.</exception>
    public CaseKey Open(DataKey row) =>
        new(row.ReferralId, keyEncryption.Unwrap(row.WrappedBy, row.Wrapped, row.ReferralId.ToByteArray(bigEndian: true)));
}
