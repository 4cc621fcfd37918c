public import CKernels

/// The distance kernels: one table of C functions an instruction set, chosen before `main` by what the CPU has.
///
/// `RECALLBENCH_SIMD=scalar|avx2|avx512|neon` overrides the choice. What each function does, and for which shapes, is
/// documented at its member of `rbk_kernel_table` in `kernels.h`. Hot code copies the functions it calls into
/// constants of its own, once: a call then costs what a C call costs.
public enum Kernels {
  /// The functions in use.
  public static let active: rbk_kernel_table = rbk_kernels().pointee

  /// The tables this CPU can run, slowest first.
  public static let available: [rbk_kernel_table] = [
    "scalar", "neon-base", "neon", "avx2", "avx512-base", "avx512",
  ].compactMap(table(named:))

  /// Those that a CPU uses by itself: without the "-base" tables of older CPUs, which serve tests on the later ones.
  public static let used: [rbk_kernel_table] = available.filter { !$0.instructionSet.hasSuffix("-base") }

  /// The instruction set in use: "scalar", "neon-base", "neon", "avx2", "avx512-base" or "avx512".
  public static var name: String { active.instructionSet }

  /// One line saying why `RECALLBENCH_SIMD` could not be followed; nil when it was, or is not set.
  public static var selectionError: String? { rbk_simd_error().map { String(cString: $0) } }

  /// The table of an instruction set, nil when it is unknown or this CPU lacks it.
  public static func table(named name: String) -> rbk_kernel_table? { rbk_kernels_for(name)?.pointee }
}

extension rbk_kernel_table {
  /// The instruction set's name, "avx512" for instance.
  public var instructionSet: String { String(cString: name) }
}
