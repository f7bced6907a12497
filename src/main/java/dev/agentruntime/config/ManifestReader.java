package dev.agentruntime.config;

/** Reads manifests. */
public final class ManifestReader {}
