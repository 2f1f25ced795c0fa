using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Soc.Reporting.Reports;

/// <summary>Renders a page of Pages/ to HTML. Every value is encoded by the renderer.</summary>
internal sealed class PageRenderer(IServiceProvider services, ILoggerFactory loggers)
{
    public async Task<byte[]> RenderAsync<TPage>(object? model)
        where TPage : IComponent
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        var parameters = model is null ? ParameterView.Empty : ParameterView.FromDictionary(new Dictionary<string, object?> { ["Model"] = model });
        return Encoding.UTF8.GetBytes(await renderer.Dispatcher.InvokeAsync(
            async () => (await renderer.RenderComponentAsync<TPage>(parameters)).ToHtmlString()));
    }
}
