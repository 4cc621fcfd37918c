/// Chooses the kernel table, once, before main: later calls only read.
#include "kernels_tables.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// Worst first; the last one filled is the default.
static rbk_kernel_table tables[4];
static size_t table_count;
static const rbk_kernel_table *active;
static char error_text[200];

const rbk_kernel_table *rbk_kernels(void) { return active; }

const char *rbk_simd_error(void) { return error_text[0] ? error_text : NULL; }

const rbk_kernel_table *rbk_kernels_for(const char *isa) {
  for (size_t i = 0; i < table_count; i++) {
    if (strcmp(tables[i].name, isa) == 0) return &tables[i];
  }
  return NULL;
}

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>

static rbk_extras arm_extras(void) {
  const int dotprod = (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
  return (rbk_extras){.dotprod = dotprod, .i8mm = dotprod && (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0};
}
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

static int has(const char *feature) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(feature, &value, &size, NULL, 0) == 0 && value != 0;
}

static rbk_extras arm_extras(void) {
  const int dotprod = has("hw.optional.arm.FEAT_DotProd");
  return (rbk_extras){.dotprod = dotprod, .i8mm = dotprod && has("hw.optional.arm.FEAT_I8MM")};
}
#elif defined(__aarch64__)
static rbk_extras arm_extras(void) { return (rbk_extras){0}; }
#endif

static void fill_tables(void) {
  rbk_fill_scalar(&tables[table_count++]);
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
      __builtin_cpu_supports("popcnt")) {
    rbk_fill_avx2(&tables[table_count++]);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      rbk_extras extras = {
          .vnni = __builtin_cpu_supports("avx512vnni") != 0,
          .vpopcntdq = __builtin_cpu_supports("avx512vpopcntdq") != 0,
          .vbmi_vnni = __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni"),
      };
      if (extras.vnni || extras.vpopcntdq) {
        // What the first AVX-512 CPUs get, testable on the later ones.
        rbk_fill_avx512(&tables[table_count], (rbk_extras){0});
        tables[table_count++].name = "avx512-base";
      }
      rbk_fill_avx512(&tables[table_count++], extras);
    }
  }
#elif defined(__aarch64__)
  const rbk_extras extras = arm_extras();
  if (extras.dotprod) {
    // What the first 64-bit ARM CPUs get, testable on the later ones.
    rbk_fill_neon(&tables[table_count], (rbk_extras){0});
    tables[table_count++].name = "neon-base";
  }
  rbk_fill_neon(&tables[table_count++], extras);
#endif
}

/// Runs at load time, so no lazy fill can race. A bad choice is reported, not obeyed: a library does not exit.
__attribute__((constructor)) static void choose_table(void) {
  fill_tables();
  active = &tables[table_count - 1];
  const char *wanted = getenv("RECALLBENCH_SIMD");
  if (wanted == NULL || wanted[0] == 0) return;
  const rbk_kernel_table *chosen = rbk_kernels_for(wanted);
  if (chosen != NULL) {
    active = chosen;
    return;
  }
  int used = snprintf(error_text, sizeof error_text, "RECALLBENCH_SIMD=%.32s is not available here; use", wanted);
  for (size_t i = 0; i < table_count; i++) {
    used += snprintf(error_text + used, sizeof error_text - (size_t)used, "%s %s", i ? " or" : "", tables[i].name);
  }
}
