import Reports
import Testing

@testable import VectorCore

@Suite struct KernelReportExporterTests {
  private let report = KernelReport(
    limits: [
      KernelLimits(
        instructionSet: "avx2", peakGigaflopsPerSecond: 100, readGigabytesPerSecond: [.l2: 80, .l3: 40, .dram: 10])
    ],
    measurements: [
      KernelMeasurement(
        kernel: "l2_f32", instructionSet: "avx2", dimension: 128, level: .l3, nanosecondsPerRow: 16,
        gigabytesPerSecond: 32, gigaflopsPerSecond: 24, shareOfLimit: 0.8),
      KernelMeasurement(
        kernel: "l2_u8", instructionSet: "avx2", dimension: 384, level: .dram, nanosecondsPerRow: 76.8,
        gigabytesPerSecond: 5, gigaflopsPerSecond: nil, shareOfLimit: 0.5),
      KernelMeasurement(
        kernel: "dot_block_f32", instructionSet: "avx2", dimension: 64, level: nil, nanosecondsPerRow: 1.6,
        gigabytesPerSecond: 160, gigaflopsPerSecond: 80, shareOfLimit: 0.8),
    ])

  @Test func figuresStandBesideTheLimits() {
    let lines = KernelReportExporter.text(report).split(separator: "\n")
    #expect(
      lines[0] == "avx2: at most 100.0 GFLOP/s of multiply-adds; reads in GB/s: L2 80.0, L3 40.0, DRAM 10.0")
    let fields = lines.dropFirst(2).map { $0.split(separator: " ").map(String.init) }
    #expect(fields[0] == ["l2_f32", "128", "L3", "16.0", "32.0", "24.0", "80", "%"])
    #expect(fields[1] == ["l2_u8", "384", "DRAM", "76.8", "5.0", "50", "%"])
    #expect(fields[2] == ["dot_block_f32", "64", "cache", "1.60", "160.0", "80.0", "80", "%"])
  }

  @Test func programsGetTheLimitOfEachRow() {
    let lines = KernelReportExporter.csv([report, report]).split(separator: "\r\n")
    #expect(lines.count == 7)
    #expect(lines[1] == "l2_f32,avx2,128,L3,16.0,32.0,24.0,0.8,40.0,100.0")
    #expect(lines[2] == "l2_u8,avx2,384,DRAM,76.8,5.0,,0.5,10.0,100.0")
    #expect(lines[3] == "dot_block_f32,avx2,64,,1.6,160.0,80.0,0.8,,100.0")
  }
}
