package dev.agentruntime.config;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a plain scalar means: the core schema of YAML 1.2.2, chapter 10.3. */
final class Scalars {

  private static final Pattern NULL = Pattern.compile("~|null|Null|NULL|");
  private static final Pattern TRUE = Pattern.compile("true|True|TRUE");
  private static final Pattern FALSE = Pattern.compile("false|False|FALSE");
  private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]{1,100}");
  private static final Pattern HEX = Pattern.compile("0x[0-9a-fA-F]{1,32}");
  private static final Pattern REAL = Pattern.compile(
      "[-+]?(\\.[0-9]{1,100}|[0-9]{1,100}(\\.[0-9]{0,100})?)([eE][-+]?[0-9]{1,5})?");
  private static final Pattern INFINITE = Pattern.compile("[-+]?\\.(inf|Inf|INF)");
  private static final Pattern NAN = Pattern.compile("\\.(nan|NaN|NAN)");

  // What YAML 1.1 takes for a boolean, a number in another base or with underscores, base 60, a
  // number with an exponent, a date, a merge key or the default key; 1.2 reads each otherwise.
  private static final Pattern DIVIDED = Pattern.compile(String.join(
      "|",
      "y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF",
      "[-+]?0[0-9_]+",
      "[-+]?0b[01_]+",
      "[-+]?0o[0-7_]+",
      "[-+]0x[0-9a-fA-F_]+|0x[0-9a-fA-F]*_[0-9a-fA-F_]*",
      "[-+]?[0-9][0-9_]*_[0-9_]*(\\.[0-9_]*)?",
      "[-+]?[0-9]+\\.[0-9]*_[0-9_]*",
      "[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?",
      "[-+]?[0-9]+[eE][-+]?[0-9]+",
      "[-+]?([0-9]+\\.[0-9]*|\\.[0-9]+)[eE][0-9]+",
      "[0-9]{4}-[0-9]{2}-[0-9]{2}",
      "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]*)?"
          + "([ \\t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?",
      "<<|="));

  private Scalars() {}

  /** Whether YAML 1.1 and 1.2 read {@code text} differently. */
  static boolean isDivided(String text) {
    return DIVIDED.matcher(text).matches();
  }

  /** The value of a plain scalar. */
  static @Nullable Object value(String text) {
    if (NULL.matcher(text).matches()) {
      return null;
    }
    if (TRUE.matcher(text).matches()) {
      return true;
    }
    if (FALSE.matcher(text).matches()) {
      return false;
    }
    if (WHOLE.matcher(text).matches()) {
      return small(new BigInteger(text));
    }
    if (HEX.matcher(text).matches()) {
      return small(new BigInteger(text.substring(2), 16));
    }
    if (REAL.matcher(text).matches()) {
      return new BigDecimal(text.endsWith(".") ? text + "0" : text);
    }
    if (INFINITE.matcher(text).matches()) {
      return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    return NAN.matcher(text).matches() ? (Object) Double.NaN : text;
  }

  private static Number small(BigInteger number) {
    return number.bitLength() < Long.SIZE ? (Number) number.longValue() : number;
  }
}
