#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Takes more bytes into the remainder of a CRC-32C (Castagnoli), which begins at 2³² − 1; the check is its complement.
///
/// By the CPU's instruction, because none of the libraries that this project links has this polynomial.
/// Source: RFC 3720, appendix B.4.
uint32_t rbk_crc32c(uint32_t remainder, const void *_Nullable bytes, size_t count);

#pragma clang assume_nonnull end
