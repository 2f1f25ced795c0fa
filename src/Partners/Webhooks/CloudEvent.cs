using System.Text.Json;
using Soc.Partners.Agreements;

namespace Soc.Partners.Webhooks;

/// <summary>
/// An event as partners get it: CloudEvents 1.0, structured mode. Thin: besides its type it holds ids, which mean something only to who may read what they
/// stand for.
/// </summary>
internal static class CloudEvent
{
    public const string ContentType = "application/cloudevents+json";

    public static byte[] Write(
        Guid id, string type, string subject, Guid organisation, Marking classification, IReadOnlyDictionary<string, string> data, DateTimeOffset time) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                Specversion = "1.0",
                Id = id,
                Source = "urn:soc:" + type.Split('.')[1],
                Type = type,
                Subject = subject,
                Time = time.UtcDateTime,
                Datacontenttype = "application/json",
                Dataschema = "urn:soc:event:" + type,
                Classification = classification.Code(),
                Orgid = organisation,
                Data = data,
            },
            JsonSerializerOptions.Web);
}
