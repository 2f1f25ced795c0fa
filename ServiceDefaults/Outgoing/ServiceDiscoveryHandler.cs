namespace Soc.ServiceDefaults;

/// <summary>Sends a request for a service's name to one of its addresses, each in turn.</summary>
internal sealed class ServiceDiscoveryHandler(ServiceDiscovery discovery) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var logical = request.RequestUri!;
        request.RequestUri = discovery.Next(logical);
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            request.RequestUri = logical;
        }
    }
}
