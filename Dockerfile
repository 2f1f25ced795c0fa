# One image for each of strategy, partners, referrals, reporting and gateway:
#   docker build --build-arg PROJECT=Partners -t registry.example/soc/partners:0.1.0 .
# The image serves; with the argument 'migrate' it is the migration step. It has no shell and no package manager, and runs as user 1654.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG PROJECT
ARG PackageFeed=curated
ENV PackageFeed=$PackageFeed
WORKDIR /source
COPY . .
# The program that starts Soc.<Project>.dll gets one name in every image: ENTRYPOINT cannot read a build argument.
RUN dotnet publish "src/$PROJECT/$PROJECT.csproj" -c Release -o /app -p:UseAppHost=true \
    && mv "/app/Soc.$PROJECT" /app/service

# 'extra' brings ICU and time zones: working days and publication hours are those of Europe/London.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
WORKDIR /app
COPY --from=build /app .
ENV ASPNETCORE_HTTP_PORTS=8080
EXPOSE 8080
USER 1654
ENTRYPOINT ["/app/service"]
