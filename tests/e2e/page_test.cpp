// SPDX-License-Identifier: GPL-2.0-or-later
// The pages in a browser, where there is one: no complaints in its console, nothing asked of any network, and the
// numbers that are shown are those of the file.
#include "e2e/running.h"
#include "e2e/stage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace hevcpool::e2e {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string browser() {
  for (const char* path : {"/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"})
    if (::access(path, X_OK) == 0) return path;
  return {};
}

struct Shown {
  std::string dom, complaints;
};
// Names are this test's own: nothing needs quoting.
Shown show(const Stage& stage, const std::string& page) {
  const std::string out = stage / "dom.html", err = stage / "console.txt";
  const std::string command = fmt::format(
      "HOME={} timeout 90 {} --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --virtual-time-budget=4000 "
      "--host-resolver-rules='MAP * ~NOTFOUND' --enable-logging=stderr --window-size=1280,2000 --dump-dom file://{} >{} 2>{}",
      stage / "in", browser(), page, out, err);
  EXPECT_EQ(std::system(command.c_str()), 0) << text_of(err);
  return {text_of(out), text_of(err)};
}

TEST(PageTest, ShowsTheNumbersOfTheFile) {
  if (browser().empty()) GTEST_SKIP() << "no browser here";
  const Stage stage(1);
  const std::string clip = stage.in() + "/clip-1.mp4";
  ASSERT_EQ(run({"profile", clip, "--preset", "ultrafast", "--ssim", "--json", stage / "a.json", "--html", stage / "a.html"}).code, 0);
  const Shown shown = show(stage, stage / "a.html");
  EXPECT_THAT(shown.complaints, Not(HasSubstr("CONSOLE")));
  const json run = json::parse(text_of(stage / "a.json"));
  EXPECT_THAT(shown.dom, HasSubstr(fmt::format("<b>{:.1f}</b><span>frames per second", run["fps"].get<double>())));
  EXPECT_THAT(shown.dom, HasSubstr(fmt::format("<b>{:.5f}</b><span>SSIM", run["ssim"].get<double>())));
  EXPECT_THAT(shown.dom, HasSubstr(fmt::format("<b>{}</b><span>frames<", run["frames"].get<int>())));
  for (const json& each : run["stages"])
    EXPECT_THAT(shown.dom, HasSubstr(fmt::format("<td>{:.1f} %</td>", 100 * each["share"].get<double>()))) << each["name"];
  EXPECT_THAT(shown.dom, HasSubstr("<canvas"));
  EXPECT_THAT(shown.dom, HasSubstr("id=\"timeline\""));
}

TEST(PageTest, ABatchAndAComparisonAreShownWithoutComplaints) {
  if (browser().empty()) GTEST_SKIP() << "no browser here";
  const Stage stage(2);
  stage.folder().file("in/<b>odd & broken.mp4", "no video");
  EXPECT_EQ(run({"encode", "--preset", "ultrafast", stage.in(), "-o", stage.out(), "--report", stage / "r.html"}).code, 1);
  const Shown batch = show(stage, stage / "r.html");
  EXPECT_THAT(batch.complaints, Not(HasSubstr("CONSOLE")));
  EXPECT_THAT(batch.dom, HasSubstr("id=\"failures\""));
  EXPECT_THAT(batch.dom, HasSubstr("&lt;b&gt;odd &amp; broken.mp4"));
  const std::string clip = stage.in() + "/clip-1.mp4";
  ASSERT_EQ(run({"profile", clip, "--duration", "1", "--preset", "ultrafast", "--json", stage / "a.json", "--label", "one"}).code, 0);
  ASSERT_EQ(run({"profile", clip, "--duration", "1", "--preset", "superfast", "--json", stage / "b.json", "--label", "two"}).code, 0);
  ASSERT_EQ(run({"profile", stage / "a.json", stage / "b.json", "--html", stage / "c.html"}).code, 0);
  const Shown compared = show(stage, stage / "c.html");
  EXPECT_THAT(compared.complaints, Not(HasSubstr("CONSOLE")));
  EXPECT_THAT(compared.dom, HasSubstr("two against one"));
}

}  // namespace
}  // namespace hevcpool::e2e
