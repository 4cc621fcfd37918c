import Testing
import VectorCore

@Suite struct KernelBenchmarkTests {
  /// The scalar table alone: the report's shape does not depend on the instruction set.
  @Test func reportCoversEveryKernelWithPlausibleFigures() throws {
    let report = KernelReport.measure(
      tables: [try #require(Kernels.table(named: "scalar"))], dimensions: [128])
    let limits = try #require(report.limits.first)
    #expect(report.limits.count == 1 && limits.instructionSet == "scalar")
    #expect(limits.peakGigaflopsPerSecond > 0)
    #expect(Set(limits.readGigabytesPerSecond.keys) == Set(MemoryLevel.allCases))
    #expect(Set(report.measurements.map(\.dimension)) == [128])
    for measurement in report.measurements {
      #expect(measurement.nanosecondsPerRow > 0 && measurement.nanosecondsPerRow.isFinite)
      #expect(measurement.shareOfLimit > 0 && measurement.shareOfLimit.isFinite)
    }
    let scan = try #require(report.measurements.first { $0.kernel == "l2_f32" && $0.level == .l2 })
    let bytes = scan.gigabytesPerSecond * scan.nanosecondsPerRow
    #expect(abs(bytes - Double(scan.dimension * 4)) < 1e-6 * bytes, "a row's bytes are its bandwidth times its time")
  }
}
