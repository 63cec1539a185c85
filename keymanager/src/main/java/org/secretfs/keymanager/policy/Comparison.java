package org.secretfs.keymanager.policy;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** How one value of a request is compared with one of a policy. */
enum Comparison {
  STRING_EQUALS(Form.TEXT) {
    @Override
    boolean test(String actual, Glob expected) {
      return expected.matches(actual, false);
    }
  },
  STRING_EQUALS_IGNORE_CASE(Form.TEXT) {
    @Override
    boolean test(String actual, Glob expected) {
      return expected.matches(actual, true);
    }
  },
  STRING_LIKE(Form.PATTERN) {
    @Override
    boolean test(String actual, Glob expected) {
      return expected.matches(actual, false);
    }
  },
  ARN_LIKE(Form.PATTERN) {
    @Override
    boolean test(String actual, Glob expected) {
      return expected.matchesArn(actual);
    }
  },
  NUMERIC_EQUALS(Order.EQUAL, Form.NUMBER),
  NUMERIC_LESS_THAN(Order.LESS, Form.NUMBER),
  NUMERIC_LESS_THAN_EQUALS(Order.AT_MOST, Form.NUMBER),
  NUMERIC_GREATER_THAN(Order.MORE, Form.NUMBER),
  NUMERIC_GREATER_THAN_EQUALS(Order.AT_LEAST, Form.NUMBER),
  DATE_EQUALS(Order.EQUAL, Form.DATE),
  DATE_LESS_THAN(Order.LESS, Form.DATE),
  DATE_LESS_THAN_EQUALS(Order.AT_MOST, Form.DATE),
  DATE_GREATER_THAN(Order.MORE, Form.DATE),
  DATE_GREATER_THAN_EQUALS(Order.AT_LEAST, Form.DATE),
  BOOL(Form.BOOL) {
    @Override
    boolean test(String actual, String expected) {
      return actual.equalsIgnoreCase(expected);
    }
  },
  BINARY_EQUALS(Form.BINARY) {
    @Override
    boolean test(String actual, String expected) {
      return Form.isBase64(actual)
          && Arrays.equals(
              Base64.getDecoder().decode(actual), Base64.getDecoder().decode(expected));
    }
  },
  IP_ADDRESS(Form.ADDRESS) {
    @Override
    boolean test(String actual, String expected) {
      return AddressRange.parse(expected).map(range -> range.contains(actual)).orElse(false);
    }
  },
  NULL(Form.BOOL) {
    @Override
    boolean test(String actual, String expected) {
      throw new IllegalStateException("Null asks whether a key is there, not for its value");
    }
  };

  /** How the order of two values decides. */
  private enum Order {
    NONE,
    EQUAL,
    LESS,
    AT_MOST,
    MORE,
    AT_LEAST;

    boolean test(int compared) {
      return switch (this) {
        case NONE -> false;
        case EQUAL -> compared == 0;
        case LESS -> compared < 0;
        case AT_MOST -> compared <= 0;
        case MORE -> compared > 0;
        case AT_LEAST -> compared >= 0;
      };
    }
  }

  /** What values of a policy look like. */
  enum Form {
    TEXT,
    PATTERN,
    NUMBER,
    DATE,
    BOOL,
    BINARY,
    ADDRESS;

    private static final Pattern NUMERAL = Pattern.compile("[+-]?[0-9]{1,30}(\\.[0-9]{1,30})?");

    /** Whether variables may stand in them. */
    boolean hasVariables() {
      return this == TEXT || this == PATTERN;
    }

    boolean accepts(String value) {
      return switch (this) {
        case TEXT, PATTERN -> true;
        case NUMBER -> NUMERAL.matcher(value).matches();
        case DATE -> instant(value).isPresent();
        case BOOL -> value.toLowerCase(Locale.ROOT).matches("true|false");
        case BINARY -> isBase64(value);
        case ADDRESS -> AddressRange.parse(value).isPresent();
      };
    }

    private static boolean isBase64(String value) {
      try {
        Base64.getDecoder().decode(value);
        return true;
      } catch (IllegalArgumentException e) {
        return false;
      }
    }

    private static Optional<BigDecimal> number(String value) {
      return NUMERAL.matcher(value).matches()
          ? Optional.of(new BigDecimal(value))
          : Optional.empty();
    }

    /** A date, a date with time and offset, or seconds since 1970. */
    private static Optional<Instant> instant(String value) {
      try {
        if (value.matches("[0-9]{1,12}")) {
          return Optional.of(Instant.ofEpochSecond(Long.parseLong(value)));
        }
        return Optional.of(
            value.contains("T")
                ? OffsetDateTime.parse(value).toInstant()
                : LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant());
      } catch (DateTimeException e) {
        return Optional.empty();
      }
    }

    private static <T extends Comparable<T>> boolean ordered(
        Optional<T> actual, Optional<T> expected, Order order) {
      return actual.isPresent()
          && expected.isPresent()
          && order.test(actual.get().compareTo(expected.get()));
    }
  }

  private final Form form;
  private final Order order;

  Comparison(Form form) {
    this(Order.NONE, form);
  }

  Comparison(Order order, Form form) {
    this.form = form;
    this.order = order;
  }

  Form form() {
    return form;
  }

  /** Compares with a text or a pattern. */
  boolean test(String actual, Glob expected) {
    return false;
  }

  /** Compares with a fixed value of this form; what is not of this form equals nothing. */
  boolean test(String actual, String expected) {
    return form == Form.NUMBER
        ? Form.ordered(Form.number(actual), Form.number(expected), order)
        : Form.ordered(Form.instant(actual), Form.instant(expected), order);
  }
}
