using Soc.Partners.Data;
using Soc.Partners.DueWork;

namespace Soc.Partners.CutOffs;

/// <summary>Dates what was cut off by the clock, or by a change whose process died before it could, so that the next token does not have to wait for that.</summary>
internal sealed class CutOffDating : IDueWork
{
    public string Name => "cut-off-dating";

    public TimeSpan Every => TimeSpan.FromSeconds(1);

    public Task RunAsync(PartnersDb db, DateTimeOffset now, CancellationToken cancellation) => db.DateCutOffsAsync(cancellation);
}
