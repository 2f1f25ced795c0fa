using System.Globalization;

// What LocalHosting's tests run as a project: a process that ends with a code, or one that serves what it knows about itself.
if (args is ["exit", var code])
{
    return int.Parse(code, CultureInfo.InvariantCulture);
}

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders();
var app = builder.Build();
app.MapGet("/health", () => "ready");
app.MapGet("/process", () => Environment.ProcessId);
app.MapGet("/variables/{name}", (string name) => Environment.GetEnvironmentVariable(name));
Console.WriteLine("serving");
await app.RunAsync();
return 0;
