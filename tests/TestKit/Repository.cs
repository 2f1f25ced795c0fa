namespace Soc.TestKit;

/// <summary>Where the repository lies.</summary>
public static class Repository
{
    /// <summary>The folder that holds Platform.sln.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("Tests run from inside the repository: no Platform.sln above " + AppContext.BaseDirectory);
    }
}
