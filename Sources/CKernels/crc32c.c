#include "crc32c.h"
#include <string.h>

/// Bit by bit, for a CPU without the instruction.
static uint32_t plain(uint32_t remainder, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    remainder ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) remainder = remainder >> 1 ^ (remainder & 1 ? 0x82F63B78u : 0);
  }
  return remainder;
}

#if defined(__x86_64__)
#include <nmmintrin.h>
#define RBK_CRC_TARGET __attribute__((target("sse4.2")))
#define RBK_CRC_WORD(REMAINDER, WORD) ((uint32_t)_mm_crc32_u64(REMAINDER, WORD))
#define RBK_CRC_BYTE(REMAINDER, BYTE) _mm_crc32_u8(REMAINDER, BYTE)
#define RBK_HAS_CRC() __builtin_cpu_supports("sse4.2")
#elif defined(__aarch64__) && (defined(__linux__) || defined(__APPLE__))
#define RBK_CRC_TARGET __attribute__((target("crc")))
#define RBK_CRC_WORD(REMAINDER, WORD) __builtin_arm_crc32cd(REMAINDER, WORD)
#define RBK_CRC_BYTE(REMAINDER, BYTE) __builtin_arm_crc32cb(REMAINDER, BYTE)
#if defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#define RBK_HAS_CRC() ((getauxval(AT_HWCAP) & HWCAP_CRC32) != 0)
#else
#define RBK_HAS_CRC() 1
#endif
#endif

#if defined(RBK_HAS_CRC)
RBK_CRC_TARGET static uint32_t by_instruction(uint32_t remainder, const uint8_t *bytes, size_t count) {
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    remainder = RBK_CRC_WORD(remainder, word);
  }
  for (; count > 0; bytes++, count--) remainder = RBK_CRC_BYTE(remainder, *bytes);
  return remainder;
}
#endif

uint32_t rbk_crc32c(uint32_t remainder, const void *bytes, size_t count) {
#if defined(RBK_HAS_CRC)
  if (RBK_HAS_CRC()) return by_instruction(remainder, bytes, count);
#endif
  return plain(remainder, bytes, count);
}
