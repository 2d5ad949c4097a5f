;; CSV as COPY reads it, into COPY's text format: quotes off, and what the text format would misread escaped.
;; https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS
;;
;; 16 bytes at a time: bit masks say where quotes are, a prefix XOR of them which bytes lie inside quotes, and a table of shuffles closes the
;; gaps that the quotes leave (as simdjson's `minify` does). A block with anything out of the ordinary goes byte by byte.
;;
;; Memory: from 0 the 256 shuffles of 8 bytes, then the caller's input and output.
(module
  ;; A field ends at this place of the output with quotes that hold nothing, behind bytes without quotes.
  (import "host" "endsInEmptyQuotes" (func $endsInEmptyQuotes (param i32)))

  (memory (export "memory") 1)

  (global $quote (export "quote") (mut i32) (i32.const 0))           ;; a byte, or -1 where nothing is quoted
  (global $escape (export "escape") (mut i32) (i32.const 0))         ;; the quote where quotes are doubled
  (global $delimiter (export "delimiter") (mut i32) (i32.const 0))
  (global $marker (export "marker") (mut i32) (i32.const 0))         ;; the first byte of the null marker

  ;; Between two calls: 0xffff inside quotes, else 0; what the last byte was.
  (global $inside (export "inside") (mut i32) (i32.const 0))
  (global $opened (mut i32) (i32.const 0))      ;; an opening quote
  (global $closed (mut i32) (i32.const 0))      ;; a closing quote, or the first of two that stand for one
  (global $escaped (mut i32) (i32.const 0))     ;; an escape (other than the quote) inside quotes
  (global $separated (mut i32) (i32.const 1))   ;; a delimiter or a line end, or nothing yet
  (global $disguise (export "disguise") (mut i32) (i32.const 0))    ;; the field's next byte must not be written as itself, see $byte

  (global $records (export "records") (mut i32) (i32.const 0))       ;; line feeds outside quotes
  (global $lines (export "lines") (mut i32) (i32.const 0))           ;; all line feeds

  ;; Before each file.
  (func (export "begin")
    (global.set $inside (i32.const 0))
    (global.set $opened (i32.const 0))
    (global.set $closed (i32.const 0))
    (global.set $escaped (i32.const 0))
    (global.set $separated (i32.const 1))
    (global.set $disguise (i32.const 0))
    (global.set $records (i32.const 0))
    (global.set $lines (i32.const 0)))

  (func $put (param $out i32) (param $byte i32) (result i32)
    (i32.store8 (local.get $out) (local.get $byte))
    (i32.add (local.get $out) (i32.const 1)))

  ;; A byte of a field as the text format writes it. In text a field is NULL if it is spelled like the null marker; in CSV not if any of it
  ;; is quoted. So the first byte after an opening quote, if the marker could begin there, is spelled in octal.
  (func $byte (param $out i32) (param $c i32) (result i32)
    (if (i32.eq (local.get $c) (i32.const 10)) (then (global.set $lines (i32.add (global.get $lines) (i32.const 1)))))
    (if (i32.and (global.get $disguise) (i32.lt_u (local.get $c) (i32.const 128)))
      (then
        (global.set $disguise (i32.const 0))
        (local.set $out (call $put (local.get $out) (i32.const 92)))
        (local.set $out (call $put (local.get $out) (i32.add (i32.const 48) (i32.shr_u (local.get $c) (i32.const 6)))))
        (local.set $out
          (call $put (local.get $out) (i32.add (i32.const 48) (i32.and (i32.shr_u (local.get $c) (i32.const 3)) (i32.const 7)))))
        (return (call $put (local.get $out) (i32.add (i32.const 48) (i32.and (local.get $c) (i32.const 7)))))))
    (global.set $disguise (i32.const 0))
    (if (i32.eq (local.get $c) (i32.const 92))
      (then (return (call $put (call $put (local.get $out) (i32.const 92)) (i32.const 92)))))
    (if (global.get $inside)
      (then
        (if (i32.eq (local.get $c) (i32.const 10))
          (then (return (call $put (call $put (local.get $out) (i32.const 92)) (i32.const 110)))))
        (if (i32.eq (local.get $c) (i32.const 13))
          (then (return (call $put (call $put (local.get $out) (i32.const 92)) (i32.const 114)))))
        (if (i32.eq (local.get $c) (global.get $delimiter))
          (then (return (call $put (call $put (local.get $out) (i32.const 92)) (local.get $c)))))))
    (call $put (local.get $out) (local.get $c)))

  (func $bytes (param $in i32) (param $end i32) (param $out i32) (result i32)
    (local $c i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $in) (local.get $end)))
        (local.set $c (i32.load8_u (local.get $in)))
        (local.set $in (i32.add (local.get $in) (i32.const 1)))
        (if (global.get $inside)
          (then
            (if (global.get $escaped)
              (then
                (global.set $escaped (i32.const 0))
                ;; An escape counts before a quote or an escape and is itself elsewhere.
                (if (i32.or (i32.eq (local.get $c) (global.get $quote)) (i32.eq (local.get $c) (global.get $escape)))
                  (then
                    (local.set $out (call $byte (local.get $out) (local.get $c)))
                    (br $next)))
                (local.set $out (call $byte (local.get $out) (global.get $escape)))))
            (if (i32.eq (local.get $c) (global.get $quote))
              (then
                (global.set $inside (i32.const 0))
                (global.set $opened (i32.const 0))
                (global.set $closed (i32.const 1))
                (br $next)))
            (if (i32.and (i32.eq (local.get $c) (global.get $escape)) (i32.ne (global.get $escape) (global.get $quote)))
              (then
                (global.set $opened (i32.const 0))
                (global.set $escaped (i32.const 1))
                (br $next)))
            (if (i32.and (global.get $opened) (i32.eq (local.get $c) (global.get $marker)))
              (then (global.set $disguise (i32.const 1))))
            (global.set $opened (i32.const 0))
            (local.set $out (call $byte (local.get $out) (local.get $c)))
            (br $next)))
        (if (i32.eq (local.get $c) (global.get $quote))
          (then
            (global.set $inside (i32.const 0xffff))
            (if (i32.and (global.get $closed) (i32.eq (global.get $escape) (global.get $quote)))
              (then (local.set $out (call $byte (local.get $out) (local.get $c))))
              (else
                (global.set $opened (i32.const 1))
                ;; A quote in the middle of a field: its first bytes have been written, so any next one tells it from the marker.
                (if (i32.eqz (global.get $separated)) (then (global.set $disguise (i32.const 1))))))
            (global.set $closed (i32.const 0))
            (global.set $separated (i32.const 0))
            (br $next)))
        (if
          (i32.and (global.get $disguise)
            (i32.or (i32.eq (local.get $c) (global.get $delimiter)) (i32.or (i32.eq (local.get $c) (i32.const 10)) (i32.eq (local.get $c) (i32.const 13)))))
          (then (call $endsInEmptyQuotes (local.get $out))))
        ;; Likewise what follows a quoted part of a field.
        (if (global.get $closed) (then (global.set $disguise (i32.const 1))))
        (global.set $closed (i32.const 0))
        (global.set $separated (i32.or (i32.eq (local.get $c) (i32.const 10)) (i32.eq (local.get $c) (global.get $delimiter))))
        (if (i32.or (global.get $separated) (i32.eq (local.get $c) (i32.const 13)))
          (then
            (global.set $disguise (i32.const 0))
            (if (i32.eq (local.get $c) (i32.const 10))
              (then
                (global.set $records (i32.add (global.get $records) (i32.const 1)))
                (global.set $lines (i32.add (global.get $lines) (i32.const 1)))))
            (local.set $out (call $put (local.get $out) (local.get $c))))
          (else (local.set $out (call $byte (local.get $out) (local.get $c)))))
        (br $next)))
    (local.get $out))

  ;; The half block's bytes that no quote takes, closed up.
  (func $pack (param $half v128) (param $quotes i32) (param $out i32) (result i32)
    (v128.store64_lane 0 (local.get $out)
      (i8x16.swizzle (local.get $half) (v128.load64_zero (i32.shl (local.get $quotes) (i32.const 3)))))
    (i32.add (local.get $out) (i32.sub (i32.const 8) (i32.popcnt (local.get $quotes)))))

  ;; Converts the bytes from $in to $end to $out and returns the end of what was written: at most twice as much and 16 bytes.
  (func (export "convert") (param $in i32) (param $end i32) (param $out i32) (result i32)
    (local $block v128) (local $quote v128) (local $escape v128) (local $delimiter v128) (local $marker v128)
    (local $quoting i32) (local $quotes i32) (local $inside i32) (local $feeds i32) (local $ends i32)
    (local $opening i32) (local $closing i32) (local $odd i32)
    (local.set $quote (i8x16.splat (global.get $quote)))
    (local.set $quoting (select (i32.const 0xffff) (i32.const 0) (i32.ge_s (global.get $quote) (i32.const 0))))
    ;; A backslash is looked for in any case.
    (local.set $escape
      (i8x16.splat (select (i32.const 92) (global.get $escape) (i32.eq (global.get $escape) (global.get $quote)))))
    (local.set $delimiter (i8x16.splat (global.get $delimiter)))
    (local.set $marker (i8x16.splat (global.get $marker)))
    (block $rest
      (loop $next
        (br_if $rest (i32.gt_u (i32.add (local.get $in) (i32.const 16)) (local.get $end)))
        (local.set $block (v128.load (local.get $in)))
        (local.set $quotes (i32.and (local.get $quoting) (i8x16.bitmask (i8x16.eq (local.get $block) (local.get $quote)))))
        (local.set $feeds (i8x16.bitmask (i8x16.eq (local.get $block) (i8x16.splat (i32.const 10)))))
        (local.set $ends
          (i32.or (local.get $feeds) (i8x16.bitmask (i8x16.eq (local.get $block) (local.get $delimiter)))))
        (local.set $inside (i32.xor (local.get $quotes) (i32.shl (local.get $quotes) (i32.const 1))))
        (local.set $inside (i32.xor (local.get $inside) (i32.shl (local.get $inside) (i32.const 2))))
        (local.set $inside (i32.xor (local.get $inside) (i32.shl (local.get $inside) (i32.const 4))))
        (local.set $inside (i32.xor (local.get $inside) (i32.shl (local.get $inside) (i32.const 8))))
        (local.set $inside (i32.and (i32.xor (local.get $inside) (global.get $inside)) (i32.const 0xffff)))
        (local.set $opening (i32.and (local.get $quotes) (local.get $inside)))
        (local.set $closing (i32.and (local.get $quotes) (i32.xor (local.get $inside) (i32.const 0xffff))))
        ;; Backslashes, escapes and carriage returns ...
        (local.set $odd
          (i8x16.bitmask
            (v128.or
              (v128.or
                (i8x16.eq (local.get $block) (i8x16.splat (i32.const 92)))
                (i8x16.eq (local.get $block) (local.get $escape)))
              (i8x16.eq (local.get $block) (i8x16.splat (i32.const 13))))))
        ;; ... delimiters and line feeds inside quotes ...
        (local.set $odd (i32.or (local.get $odd) (i32.and (local.get $ends) (local.get $inside))))
        ;; ... an opening quote that does not follow a delimiter or line feed, which the second of two quotes is, too ...
        (local.set $odd
          (i32.or (local.get $odd)
            (i32.and (local.get $opening)
              (i32.xor (i32.or (i32.shl (local.get $ends) (i32.const 1)) (global.get $separated)) (i32.const 0xffff)))))
        ;; ... a closing quote before anything else than those ...
        (local.set $odd
          (i32.or (local.get $odd)
            (i32.and (i32.and (i32.or (i32.shl (local.get $closing) (i32.const 1)) (global.get $closed)) (i32.const 0xffff))
              (i32.xor (local.get $ends) (i32.const 0xffff)))))
        ;; ... and quoted fields that begin like the null marker.
        (local.set $odd
          (i32.or (local.get $odd)
            (i32.and (i32.or (i32.shl (local.get $opening) (i32.const 1)) (global.get $opened))
              (i8x16.bitmask (i8x16.eq (local.get $block) (local.get $marker))))))
        (if (i32.or (i32.or (local.get $odd) (global.get $escaped)) (global.get $disguise))
          (then
            (local.set $out (call $bytes (local.get $in) (i32.add (local.get $in) (i32.const 16)) (local.get $out))))
          (else
            (local.set $out (call $pack (local.get $block) (i32.and (local.get $quotes) (i32.const 0xff)) (local.get $out)))
            (local.set $out
              (call $pack
                (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $block) (local.get $block))
                (i32.shr_u (local.get $quotes) (i32.const 8))
                (local.get $out)))
            (global.set $inside (select (i32.const 0xffff) (i32.const 0) (i32.shr_u (local.get $inside) (i32.const 15))))
            (global.set $opened (i32.shr_u (local.get $opening) (i32.const 15)))
            (global.set $closed (i32.shr_u (local.get $closing) (i32.const 15)))
            (global.set $separated (i32.shr_u (local.get $ends) (i32.const 15)))
            (global.set $records (i32.add (global.get $records) (i32.popcnt (local.get $feeds))))
            (global.set $lines (i32.add (global.get $lines) (i32.popcnt (local.get $feeds))))))
        (local.set $in (i32.add (local.get $in) (i32.const 16)))
        (br $next)))
    (call $bytes (local.get $in) (local.get $end) (local.get $out)))
)
