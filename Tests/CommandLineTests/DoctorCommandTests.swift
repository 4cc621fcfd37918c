import Testing

@Suite struct DoctorCommandTests {
  @Test func theMachineAndWhatDisturbsAreShown() throws {
    let shown = try Workspace.runProgram(["doctor"])
    #expect(shown.code == 0 && shown.errors.isEmpty)
    for property in ["processor", "caches", "memory", "kernel", "libraries", "commit"] {
      #expect(shown.output.contains("\n\(property) "))
    }
    #expect(shown.output.contains("disturb a measurement"))
  }
}
