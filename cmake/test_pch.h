// What most tests include beside pch.h: parsed once a build (pch.cmake).
#pragma once

#include "pch.h"

#include <gtest/gtest.h>
