package dev.agentruntime.codec;

import dev.agentruntime.core.ProcessId;

/**
 * An entry as its process encoded it, from its {@code p} up to and with its {@code h}, without the
 * closing brace; the writer adds {@code n}, {@code g} and {@code c}.
 *
 * @param process whose entry it is
 * @param sequence its {@code s}
 * @param head the bytes; handed over, not copied
 * @param hash its {@code h}, 32 bytes, the link for the next entry of the process
 */
public record EncodedEntry(ProcessId process, long sequence, byte[] head, byte[] hash) {}
