"""Course registration (seed document 000): seats, a bounded reserve queue, promotion on drop."""
