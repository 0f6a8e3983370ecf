// sensortrack profile on an ESP32 with an MPU-6050 (GY-521). Compiled for no board and not run on hardware.
//
// Library NimBLE-Arduino 2.x. MPU-6050 on I2C: SDA 21, SCL 22, address 0x68. Copy ../sensortrack_profile.h beside this
// file. The protocol is in ../profile.md.

#include <NimBLEDevice.h>
#include <Wire.h>

#include "sensortrack_profile.h"

static const uint8_t MPU = 0x68;
static const uint8_t SMPLRT_DIV = 0x19, CONFIG = 0x1A, GYRO_CONFIG = 0x1B, ACCEL_CONFIG = 0x1C, INT_STATUS = 0x3A;
static const uint8_t ACCEL_XOUT_H = 0x3B, PWR_MGMT_1 = 0x6B;
static const uint16_t ACC_RANGES_G[] = {2, 4, 8, 16}, GYR_RANGES_DPS[] = {250, 500, 1000, 2000};

stk_sensor sensor;
NimBLECharacteristic *info, *data, *control;
volatile bool mustSetUp = false;  // set by the radio's task, done in loop: one task only talks to the sensor

void writeRegister(uint8_t reg, uint8_t value) {
  Wire.beginTransmission(MPU);
  Wire.write(reg);
  Wire.write(value);
  Wire.endTransmission();
}

bool readRegisters(uint8_t reg, uint8_t *values, uint8_t count) {
  Wire.beginTransmission(MPU);
  Wire.write(reg);
  if (Wire.endTransmission(false) != 0 || Wire.requestFrom(MPU, count) != count) return false;
  for (uint8_t i = 0; i < count; i++) values[i] = (uint8_t)Wire.read();
  return true;
}

// index of the smallest range that holds what was asked for
uint8_t fitting(const uint16_t *ranges, uint16_t wanted) {
  uint8_t i = 0;
  while (i < 3 && ranges[i] < wanted) i++;
  return i;
}

void setUpSensor() {
  writeRegister(PWR_MGMT_1, 0x01);  // awake, clock from the gyroscope
  writeRegister(CONFIG, 0x03);      // low pass at 44 Hz, 1 kHz inside
  writeRegister(SMPLRT_DIV, (uint8_t)(1000 / sensor.rate_hz - 1));
  writeRegister(ACCEL_CONFIG, (uint8_t)(fitting(ACC_RANGES_G, sensor.acc_range_g) << 3));
  writeRegister(GYRO_CONFIG, (uint8_t)(fitting(GYR_RANGES_DPS, sensor.gyr_range_dps) << 3));
}

void publishInfo() {
  uint8_t values[STK_INFO_BYTES];
  stk_info(&sensor, values);
  info->setValue(values, sizeof values);
}

class Control : public NimBLECharacteristicCallbacks {
  void onWrite(NimBLECharacteristic *written, NimBLEConnInfo &) override {
    NimBLEAttValue value = written->getValue();
    uint8_t reply[STK_REPLY_BYTES];
    size_t answered = stk_control(&sensor, value.data(), value.length(), reply);
    if (answered == STK_REPLY_BYTES) {
      stk_set(&sensor, sensor.rate_hz, ACC_RANGES_G[fitting(ACC_RANGES_G, sensor.acc_range_g)],
              GYR_RANGES_DPS[fitting(GYR_RANGES_DPS, sensor.gyr_range_dps)]);
      stk_reply_start(&sensor, reply);
      mustSetUp = true;
    }
    publishInfo();
    if (answered > 0) control->indicate(reply, answered);
  }
};

class Link : public NimBLEServerCallbacks {
  void onConnect(NimBLEServer *server, NimBLEConnInfo &link) override {
    server->updateConnParams(link.getConnHandle(), 12, 24, 0, 400);  // 15 to 30 ms, 4 s
    sensor.largest = 20;                                             // until the MTU is agreed
  }
  void onMTUChange(uint16_t mtu, NimBLEConnInfo &) override {
    sensor.largest = mtu - 3 < STK_FRAME_BYTES ? mtu - 3 : STK_FRAME_BYTES;
  }
  void onDisconnect(NimBLEServer *, NimBLEConnInfo &, int) override { sensor.is_streaming = 0; }
};

void setup() {
  stk_init(&sensor, 1);
  Wire.begin(21, 22, 400000);
  setUpSensor();

  NimBLEDevice::init("sensortrack ESP32");
  NimBLEDevice::setMTU(247);
  NimBLEServer *server = NimBLEDevice::createServer();
  server->setCallbacks(new Link());
  server->advertiseOnDisconnect(true);
  NimBLEService *service = server->createService(STK_SERVICE_UUID);
  info = service->createCharacteristic(STK_INFO_UUID, NIMBLE_PROPERTY::READ);
  data = service->createCharacteristic(STK_DATA_UUID, NIMBLE_PROPERTY::NOTIFY);
  control = service->createCharacteristic(STK_CONTROL_UUID, NIMBLE_PROPERTY::WRITE | NIMBLE_PROPERTY::INDICATE);
  control->setCallbacks(new Control());
  publishInfo();
  NimBLEService *battery = server->createService("180F");
  uint8_t percent = 100;  // measure it where a battery is connected
  battery->createCharacteristic("2A19", NIMBLE_PROPERTY::READ)->setValue(&percent, 1);

  NimBLEAdvertising *advertising = NimBLEDevice::getAdvertising();
  advertising->enableScanResponse(true);
  advertising->addServiceUUID(STK_SERVICE_UUID);
  advertising->setName("sensortrack ESP32");
  advertising->start();
}

void loop() {
  if (mustSetUp) {
    mustSetUp = false;
    setUpSensor();
  }
  uint8_t status = 0;
  if (!readRegisters(INT_STATUS, &status, 1) || !(status & 0x01)) return;  // no new sample
  uint32_t takenUs = micros();
  uint8_t raw[14];  // acceleration, temperature, angular rate; big-endian
  if (!readRegisters(ACCEL_XOUT_H, raw, sizeof raw)) return;
  int16_t counts[6];
  for (int axis = 0; axis < 3; axis++) {
    counts[axis] = (int16_t)((uint16_t)raw[2 * axis] << 8 | raw[2 * axis + 1]);
    counts[3 + axis] = (int16_t)((uint16_t)raw[8 + 2 * axis] << 8 | raw[9 + 2 * axis]);
  }
  uint8_t frame[STK_FRAME_BYTES];
  size_t length = stk_sample(&sensor, takenUs, counts, frame);
  if (length > 0) data->notify(frame, length);
}
